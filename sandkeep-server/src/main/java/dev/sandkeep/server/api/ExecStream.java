package dev.sandkeep.server.api;

import dev.sandkeep.server.computes.CommandOutput;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.web.Problem;
import dev.sandkeep.spi.ExecProcess;
import dev.sandkeep.spi.ProviderException;
import jakarta.websocket.Session;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.socket.BinaryMessage;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.PingMessage;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.adapter.NativeWebSocketSession;
import tools.jackson.databind.json.JsonMapper;

/** One command and the connection that it belongs to. Every stream between the two is a blocking copy on a virtual thread. */
final class ExecStream {
    private static final Logger LOG = LoggerFactory.getLogger(ExecStream.class);
    private static final byte STDOUT = 1;
    private static final byte STDERR = 2;
    /** Pieces of input that wait for the command; each is at most as large as the server's frame buffer, 8 KiB. */
    private static final int WAITING_PIECES = 128;

    private static final int SIGHUP = 1;
    private static final Duration GRACE = Duration.ofSeconds(5);
    /** How a connection is found dead on which nothing is said. */
    private static final Duration PING = Duration.ofSeconds(15);

    private static final Duration A_DAY = Duration.ofDays(1);
    private static final String SEND_TIMEOUT = "org.apache.tomcat.websocket.BLOCKING_SEND_TIMEOUT";
    private final WebSocketSession socket;
    private final JsonMapper json;
    private final ReentrantLock sending = new ReentrantLock();
    /** Pieces of input; an empty one is the end. */
    private final BlockingQueue<byte[]> input = new ArrayBlockingQueue<>(WAITING_PIECES);

    private volatile @Nullable ExecProcess process;
    private volatile boolean over;
    private boolean insideFrame;

    ExecStream(WebSocketSession socket, JsonMapper json) {
        this.socket = socket;
        this.json = json;
    }

    /** Connects a command that has started. It is closed at its end, or when the client goes away. */
    void start(ExecProcess started, boolean withInput) {
        process = started;
        waitForSlowClients();
        send(new TextMessage("{\"started\":true}"));
        CommandOutput out = forward("stdout", STDOUT, started.stdout());
        CommandOutput err = forward("stderr", STDERR, started.stderr());
        if (withInput) {
            thread("stdin", () -> feed(started.stdin()));
        } else {
            endInput(started.stdin());
        }
        thread("wait", () -> follow(started, out, err));
        thread("ping", this::ping);
    }

    /** A client may read as slowly as it likes: only its silence on the connection level ends it. */
    private void waitForSlowClients() {
        if (socket instanceof NativeWebSocketSession holder) {
            Session raw = holder.getNativeSession(Session.class);
            if (raw != null) {
                raw.getUserProperties().put(SEND_TIMEOUT, -1L);
            }
        }
    }

    /** Takes a piece of input, and waits while the command has enough to read. */
    void input(ByteBuffer piece, boolean last) throws InterruptedException {
        boolean end = last && !insideFrame && !piece.hasRemaining();
        insideFrame = !last;
        byte[] bytes = new byte[piece.remaining()];
        piece.get(bytes);
        if (end || bytes.length > 0) {
            while (!over && !input.offer(bytes, 1, TimeUnit.SECONDS)) {
                // Looks once a second whether there is still somebody to read it.
            }
        }
    }

    /** Passes a signal on; nothing happens when the command has ended. */
    void signal(int number) {
        ExecProcess running = process;
        if (running != null) {
            running.signal(number);
        }
    }

    /** Says why there is nothing to stream, or no more, and closes. */
    void refuse(SandkeepException refused) {
        over = true;
        send(new TextMessage(json.writeValueAsString(Map.of("error", Problem.of(refused)))));
        close();
        ExecProcess running = process;
        if (running != null) {
            running.close();
        }
    }

    /** The command ends as if its terminal had been closed. */
    void clientGone() {
        over = true;
        ExecProcess running = process;
        if (running != null) {
            thread("hang-up", () -> hangUp(running));
        }
    }

    private static void hangUp(ExecProcess running) {
        try (running) {
            running.signal(SIGHUP);
            running.waitFor(GRACE);
        } catch (ProviderException e) {
            LOG.warn("event=hang_up_failed cause=\"{}\"", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void follow(ExecProcess running, CommandOutput out, CommandOutput err) {
        try (running) {
            OptionalInt exitCode = OptionalInt.empty();
            while (exitCode.isEmpty()) {
                exitCode = running.waitFor(A_DAY);
            }
            out.awaitRest();
            err.awaitRest();
            over = true;
            send(new TextMessage("{\"exitCode\":" + exitCode.getAsInt() + "}"));
            close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            over = true;
        }
    }

    private CommandOutput forward(String name, byte channel, InputStream from) {
        return new CommandOutput("exec-" + name, from, (bytes, length) -> {
            byte[] frame = new byte[length + 1];
            frame[0] = channel;
            System.arraycopy(bytes, 0, frame, 1, length);
            return send(new BinaryMessage(ByteBuffer.wrap(frame), true));
        });
    }

    private void feed(OutputStream to) {
        try (to) {
            while (!over) {
                byte[] piece = input.poll(1, TimeUnit.SECONDS);
                if (piece != null && piece.length == 0) {
                    return;
                }
                if (piece != null) {
                    to.write(piece);
                    to.flush();
                }
            }
        } catch (IOException unread) {
            LOG.debug("event=command_input_unread", unread);
            discardInput();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The command does not read any more; what the client sends must not stop its signals from coming through. */
    private void discardInput() {
        try {
            while (!over) {
                input.poll(1, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void endInput(OutputStream stdin) {
        try {
            stdin.close();
        } catch (IOException unread) {
            LOG.debug("event=command_input_unread", unread);
        }
    }

    private void ping() {
        try {
            while (!over) {
                Thread.sleep(PING);
                if (!over && !send(new PingMessage())) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Sends, and waits until it is on its way; false when the client is gone. */
    private boolean send(WebSocketMessage<?> message) {
        sending.lock();
        try {
            if (!socket.isOpen()) {
                return false;
            }
            socket.sendMessage(message);
            return true;
        } catch (IOException | IllegalStateException gone) {
            LOG.debug("event=exec_client_gone", gone);
            clientGone();
            return false;
        } finally {
            sending.unlock();
        }
    }

    private void close() {
        try {
            socket.close(CloseStatus.NORMAL);
        } catch (IOException gone) {
            LOG.debug("event=exec_client_gone", gone);
        }
    }

    private static Thread thread(String name, Runnable work) {
        return Thread.ofVirtual().name("exec-" + name).start(work);
    }
}
