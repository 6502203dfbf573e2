package dev.sandkeep.cli.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * One command in a sandbox, streamed: input up, standard output and standard error down and apart, byte for byte.
 *
 * <p>Neither direction buffers more than a frame: the next piece of input is read when the last one has left, and the
 * next piece of output is asked for when the last one has been written.
 */
public final class RemoteCommand implements AutoCloseable {
    private static final byte STDOUT = 1;
    private static final byte STDERR = 2;
    private static final int INPUT_PIECE = 32 * 1024;
    private static final Duration CONNECT = Duration.ofSeconds(30);
    /** How long a signal waits for room behind input that nobody reads. */
    private static final Duration SIGNAL_PATIENCE = Duration.ofSeconds(1);

    private final WebSocket socket;
    private final Frames frames;
    private final ReentrantLock sending = new ReentrantLock();

    /**
     * What to run.
     *
     * @param command the program and its arguments; at least one
     * @param environment added to the session's own
     * @param workingDirectory absolute path; empty for the session's own
     * @param stdin whether input will be sent
     * @param mayResume whether a stopped session may be resumed for it, as its profile has it
     */
    public record Request(
            List<String> command,
            Map<String, String> environment,
            String workingDirectory,
            boolean stdin,
            boolean mayResume) {
        /** The request as the API's first frame and its request body have it, without the input. */
        public ObjectNode json() {
            ObjectNode json = Json.object();
            command.forEach(json.putArray("command")::add);
            if (!environment.isEmpty()) {
                ObjectNode variables = json.putObject("environment");
                environment.forEach(variables::put);
            }
            if (!workingDirectory.isEmpty()) {
                json.put("workingDirectory", workingDirectory);
            }
            if (!mayResume) {
                json.put("autoResume", false);
            }
            return json;
        }
    }

    private RemoteCommand(WebSocket socket, Frames frames) {
        this.socket = socket;
        this.frames = frames;
    }

    /**
     * Starts {@code request} in {@code session}; its output goes to {@code stdout} and {@code stderr}, written by one
     * thread at a time.
     *
     * @throws ApiProblem when the session does not exist or is not running
     */
    public static RemoteCommand start(
            SandkeepClient client, String session, Request request, OutputStream stdout, OutputStream stderr) {
        Route route = Route.of("sessions", session, "exec");
        String address = client.address(route).toString().replaceFirst("^http", "ws");
        Frames frames = new Frames(stdout, stderr);
        try {
            WebSocket socket = client.http()
                    .newWebSocketBuilder()
                    .header("Authorization", "Bearer " + client.apiKey())
                    .connectTimeout(CONNECT)
                    .buildAsync(URI.create(address), frames)
                    .join();
            RemoteCommand command = new RemoteCommand(socket, frames);
            command.send(() -> socket.sendText(Json.compact(request.json().put("stdin", request.stdin())), true));
            return command;
        } catch (CompletionException e) {
            // The body of a refused upgrade is not handed out; asking for the session shows the same problem.
            client.get(Route.of("sessions", session));
            throw refused(client, e.getCause());
        }
    }

    private static Failure refused(SandkeepClient client, @Nullable Throwable cause) {
        String why = cause instanceof WebSocketHandshakeException handshake
                ? "the server refused the stream: HTTP "
                        + handshake.getResponse().statusCode()
                : "no stream to " + client.server() + ": " + cause;
        return new Failure(why, "look at 'sandkeep server status' and 'sandkeep server logs'");
    }

    /** Sends everything {@code input} has, then its end. Returns early when the command is over. */
    public void sendInput(InputStream input) {
        byte[] piece = new byte[INPUT_PIECE];
        try {
            int length = input.read(piece);
            while (length >= 0 && !frames.outcome.isDone()) {
                ByteBuffer bytes = ByteBuffer.wrap(piece, 0, length);
                if (length > 0) {
                    send(() -> socket.sendBinary(bytes, true));
                }
                length = input.read(piece);
            }
        } catch (IOException endOfInput) {
            // A terminal that went away, or a closed descriptor, ends the input like any other end.
        }
        if (!frames.outcome.isDone()) {
            send(() -> socket.sendBinary(ByteBuffer.allocate(0), true));
        }
    }

    /**
     * Passes a signal on.
     *
     * @param name e.g. {@code SIGINT}
     * @return false when it could not be sent, because input that the command does not read is in its way
     */
    public boolean signal(String name) {
        try {
            frames.started.get(CONNECT.toSeconds(), TimeUnit.SECONDS);
            if (!sending.tryLock(SIGNAL_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                return false;
            }
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        try {
            socket.sendText(Json.compact(Json.object().put("signal", name)), true)
                    .get(SIGNAL_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            sending.unlock();
        }
    }

    /**
     * Waits for the command's end.
     *
     * @return its exit code
     * @throws ApiProblem when the command could not be started
     * @throws Failure when the connection broke, or the output could not be written
     */
    public int exitCode() {
        try {
            return frames.outcome.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Failure failure
                    ? failure
                    : new Failure("the stream of the command broke: " + e.getCause(), "", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure("interrupted while the command ran", "", e);
        }
    }

    /** Breaks the connection off; the server then ends the command. */
    @Override
    public void close() {
        socket.abort();
    }

    private interface Sending {
        CompletableFuture<WebSocket> begin();
    }

    private void send(Sending sending) {
        this.sending.lock();
        try {
            sending.begin().join();
        } catch (CompletionException e) {
            frames.brokenBy(e.getCause() == null ? e : e.getCause());
        } finally {
            this.sending.unlock();
        }
    }

    /** Standard output or standard error has no reader any more, as with {@code … | head}. */
    public static final class OutputClosed extends Failure {
        OutputClosed(IOException cause) {
            super("the output cannot be written: " + cause.getMessage(), "", cause);
        }
    }

    private static final class Frames implements WebSocket.Listener {
        final CompletableFuture<Integer> outcome = new CompletableFuture<>();
        final CompletableFuture<Boolean> started = new CompletableFuture<>();
        private final OutputStream stdout;
        private final OutputStream stderr;
        private final StringBuilder text = new StringBuilder();
        private @Nullable OutputStream current;

        Frames(OutputStream stdout, OutputStream stderr) {
            this.stdout = stdout;
            this.stderr = stderr;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            try {
                if (current == null && data.hasRemaining()) {
                    current = channel(data.get());
                }
                if (current != null && data.hasRemaining()) {
                    byte[] bytes = new byte[data.remaining()];
                    data.get(bytes);
                    current.write(bytes);
                    current.flush();
                }
            } catch (IOException e) {
                outcome.completeExceptionally(new OutputClosed(e));
                socket.abort();
                return null;
            }
            if (last) {
                current = null;
            }
            socket.request(1);
            return null;
        }

        private OutputStream channel(byte number) {
            return switch (number) {
                case STDOUT -> stdout;
                case STDERR -> stderr;
                default -> throw new UncheckedIOException(new IOException("unknown channel " + number));
            };
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                understand(text.toString());
                text.setLength(0);
            }
            socket.request(1);
            return null;
        }

        private void understand(String frame) {
            var message = Json.parse(frame);
            if (message.path("started").asBoolean(false)) {
                started.complete(true);
            } else if (message.has("exitCode")) {
                outcome.complete(message.path("exitCode").asInt());
            } else if (message.has("error")) {
                outcome.completeExceptionally(ApiProblem.of(message.path("error")));
            }
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            brokenBy(new IOException("closed with status " + status + (reason.isEmpty() ? "" : " (" + reason + ")")));
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            brokenBy(error);
        }

        /** Does nothing when the outcome is known already. */
        void brokenBy(Throwable cause) {
            outcome.completeExceptionally(new Failure(
                    "the connection to the server broke while the command ran: " + cause.getMessage(),
                    "the server ends a command whose connection is gone; check with 'sandkeep session show'",
                    cause));
            started.completeExceptionally(cause);
        }
    }
}
