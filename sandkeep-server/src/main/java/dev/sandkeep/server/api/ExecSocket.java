package dev.sandkeep.server.api;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.json.SelfChecking;
import dev.sandkeep.server.platform.json.StrictJson;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.sessions.Sessions;
import dev.sandkeep.spi.ExecProcess;
import dev.sandkeep.spi.ProviderException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.socket.BinaryMessage;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.handler.AbstractWebSocketHandler;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Runs a command over a WebSocket.
 *
 * <ul>
 *   <li>The client first sends a text frame with the command: {@link Command}.
 *   <li>Then binary frames are its input, an empty one the end of it; text frames {@code {"signal":"SIGINT"}} are signals.
 *   <li>The server sends {@code {"started":true}}, binary frames whose first byte says which output (1 or 2), and at the end
 *       {@code {"exitCode":0}} or {@code {"error":<problem>}}, and closes.
 * </ul>
 *
 * When the client goes away, the command gets SIGHUP, and SIGKILL 5 s later. Nobody is read faster than the other side takes:
 * a client that does not read stops the command's output, a command that does not read stops the client's input.
 */
final class ExecSocket extends AbstractWebSocketHandler {
    /** Attribute of a connection: who opened it. */
    static final String CALLER = "caller";

    private static final Logger LOG = LoggerFactory.getLogger(ExecSocket.class);
    private static final String STREAM = "stream";
    private static final String TEXT = "text";
    private static final int LONGEST_TEXT = 1 << 20;

    private final Sessions sessions;
    private final JsonMapper json;

    ExecSocket(Sessions sessions, JsonMapper json) {
        this.sessions = sessions;
        this.json = json;
    }

    /**
     * The first frame.
     *
     * @param stdin whether input will follow; without it the command reads an end of file
     * @param autoResume whether a stopped persistent sandbox is resumed first; as its profile says when absent
     */
    record Command(
            List<String> command,
            @Nullable Map<String, String> environment,
            @Nullable String workingDirectory,
            @Nullable Boolean stdin,
            @Nullable Boolean autoResume)
            implements SelfChecking {
        @Override
        public void check(String path, ValidationErrors errors) {
            ExecRequest.check(path, command, environment, workingDirectory, errors);
        }
    }

    /** A later text frame. */
    record Signal(String signal) {}

    /** What came so far of a text frame. */
    private static final class Pieces {
        private final StringBuilder text = new StringBuilder();
    }

    /** Frames of any size come in pieces, so that none has to fit into memory. */
    @Override
    public boolean supportsPartialMessages() {
        return true;
    }

    @Override
    public void afterConnectionEstablished(WebSocketSession socket) {
        socket.getAttributes().put(TEXT, new Pieces());
    }

    @Override
    protected void handleTextMessage(WebSocketSession socket, TextMessage message) throws InterruptedException {
        StringBuilder text =
                ((Pieces) Objects.requireNonNull(socket.getAttributes().get(TEXT))).text;
        if (text.length() + message.getPayloadLength() > LONGEST_TEXT) {
            new ExecStream(socket, json)
                    .refuse(new SandkeepException(ProblemCode.REQUEST_TOO_LARGE, "The frame has more than 1 MiB."));
            return;
        }
        text.append(message.getPayload());
        if (message.isLast()) {
            String frame = text.toString();
            text.setLength(0);
            understand(socket, frame);
        }
    }

    private void understand(WebSocketSession socket, String frame) throws InterruptedException {
        ExecStream running = stream(socket);
        ExecStream stream = running == null ? new ExecStream(socket, json) : running;
        try {
            if (running == null) {
                start(socket, stream, bind(frame, Command.class));
            } else {
                signal(running, bind(frame, Signal.class));
            }
        } catch (SandkeepException refused) {
            stream.refuse(refused);
        } catch (ProviderException failure) {
            stream.refuse(Sessions.problem(failure));
        } catch (RuntimeException failure) {
            LOG.error("event=exec_failed uri={}", socket.getUri(), failure);
            stream.refuse(new SandkeepException(ProblemCode.INTERNAL_ERROR, "The server made a mistake."));
        }
    }

    private void start(WebSocketSession socket, ExecStream stream, Command command) throws InterruptedException {
        Caller caller = (Caller) Objects.requireNonNull(socket.getAttributes().get(CALLER));
        ExecProcess process = sessions.exec(
                caller,
                sessionOf(Objects.requireNonNull(socket.getUri())),
                ExecRequest.spec(command.command(), command.environment(), command.workingDirectory()),
                Optional.ofNullable(command.autoResume()));
        socket.getAttributes().put(STREAM, stream);
        stream.start(process, Boolean.TRUE.equals(command.stdin()));
    }

    private static void signal(ExecStream stream, Signal signal) {
        int number = SignalNames.number(signal.signal())
                .orElseThrow(() -> new SandkeepException(
                        ProblemCode.BAD_REQUEST,
                        "There is no signal '" + signal.signal() + "'.",
                        "Send one such as SIGINT, SIGTERM or SIGKILL."));
        stream.signal(number);
    }

    private <T extends Record> T bind(String frame, Class<T> type) {
        ValidationErrors errors = new ValidationErrors();
        T bound = StrictJson.bind(parse(frame), type, errors);
        errors.throwIfAny();
        return Objects.requireNonNull(bound);
    }

    private JsonNode parse(String frame) {
        try {
            return json.readTree(frame);
        } catch (JacksonException e) {
            throw new SandkeepException(
                            ProblemCode.MALFORMED_JSON, "The frame is not valid JSON: " + e.getOriginalMessage())
                    .causedBy(e);
        }
    }

    @Override
    protected void handleBinaryMessage(WebSocketSession socket, BinaryMessage message) throws InterruptedException {
        ExecStream stream = stream(socket);
        if (stream == null) {
            new ExecStream(socket, json)
                    .refuse(new SandkeepException(
                            ProblemCode.BAD_REQUEST, "Input came before the command.", "Send the command first."));
        } else {
            stream.input(message.getPayload(), message.isLast());
        }
    }

    @Override
    public void handleTransportError(WebSocketSession socket, Throwable failure) {
        LOG.debug("event=exec_connection_broken uri={}", socket.getUri(), failure);
    }

    @Override
    public void afterConnectionClosed(WebSocketSession socket, CloseStatus status) {
        ExecStream stream = stream(socket);
        if (stream != null) {
            stream.clientGone();
        }
    }

    private static @Nullable ExecStream stream(WebSocketSession socket) {
        return (ExecStream) socket.getAttributes().get(STREAM);
    }

    /** {@code …/sessions/<this>/exec}. */
    private static String sessionOf(URI uri) {
        String[] parts = uri.getPath().split("/", -1);
        return parts[parts.length - 2];
    }
}
