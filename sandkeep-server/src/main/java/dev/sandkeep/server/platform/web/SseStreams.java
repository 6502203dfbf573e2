package dev.sandkeep.server.platform.web;

import dev.sandkeep.server.platform.Signals;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Serves event streams (server-sent events). A stream is a loop on the request's own virtual thread: look into the database,
 * send what is new, wait for a change. It ends when its loop says so, when the client goes away, or when the server shuts
 * down; the client then comes back with {@code Last-Event-ID}.
 *
 * <p>A controller method that streams returns {@code void}, produces {@code text/event-stream}, takes the response and the
 * header {@code Last-Event-ID}, and hands a {@link Source} to {@link #serve}.
 */
@Component
public final class SseStreams {
    private static final Logger LOG = LoggerFactory.getLogger(SseStreams.class);
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);
    /** How late a change made by another server is seen. */
    private static final Duration POLL = Duration.ofSeconds(1);

    private final JsonMapper json;
    private final Signals signals;

    SseStreams(JsonMapper json, Signals signals) {
        this.json = json;
        this.signals = signals;
    }

    /** What a stream sends. */
    @FunctionalInterface
    public interface Source {
        /**
         * Sends everything that is new since the last call. Called when the topic changes, and every second.
         *
         * @return whether the stream goes on
         */
        boolean sendNew(Sink sink) throws IOException;
    }

    /** Where a source sends to. */
    public interface Sink {
        /**
         * Sends one event.
         *
         * @param id comes back as {@code Last-Event-ID}; empty for an event that is not to be resumed after
         * @param event its name
         * @param data written as JSON
         */
        void send(String id, String event, Object data) throws IOException;
    }

    /** Streams until it is over; {@code topic} is the {@link Signals} topic that wakes it. */
    public void serve(HttpServletResponse response, String topic, Source source) {
        response.setContentType("text/event-stream");
        response.setCharacterEncoding(StandardCharsets.UTF_8);
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Accel-Buffering", "no");
        Stream stream = new Stream(response);
        try {
            stream.comment("connected");
            long seen = signals.version(topic);
            while (source.sendNew(stream) && !signals.closed()) {
                stream.flush();
                signals.await(topic, seen, POLL);
                seen = signals.version(topic);
                stream.keepAlive();
            }
            stream.flush();
        } catch (IOException e) {
            LOG.debug("event=stream_client_gone topic={}", topic, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Before the web server waits for open requests to end: streams never would. */
    @EventListener
    void end(ContextClosedEvent event) {
        signals.close();
    }

    private final class Stream implements Sink {
        private final HttpServletResponse response;
        private long lastWrite = System.nanoTime();
        private boolean unflushed;

        Stream(HttpServletResponse response) {
            this.response = response;
        }

        @Override
        public void send(String id, String event, Object data) throws IOException {
            String body = json.writeValueAsString(data);
            write((id.isEmpty() ? "" : "id: " + id + "\n") + "event: " + event + "\ndata: " + body + "\n\n");
        }

        void comment(String text) throws IOException {
            write(": " + text + "\n\n");
            flush();
        }

        /** Also how a client that went away is noticed. */
        void keepAlive() throws IOException {
            if (System.nanoTime() - lastWrite > KEEP_ALIVE.toNanos()) {
                comment("keep-alive");
            }
        }

        void flush() throws IOException {
            if (unflushed) {
                response.flushBuffer();
                unflushed = false;
            }
        }

        private void write(String text) throws IOException {
            response.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            lastWrite = System.nanoTime();
            unflushed = true;
        }
    }
}
