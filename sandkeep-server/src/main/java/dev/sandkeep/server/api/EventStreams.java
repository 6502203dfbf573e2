package dev.sandkeep.server.api;

import dev.sandkeep.server.events.Event;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.web.SseStreams;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Streams the event log, all of it or what is about one thing. */
@Component
class EventStreams {
    private static final int BATCH = 200;

    private final EventLog events;
    private final SseStreams streams;

    EventStreams(EventLog events, SseStreams streams) {
        this.events = events;
        this.streams = streams;
    }

    /**
     * Streams until the client goes away.
     *
     * @param subject only about this thing; null for all
     * @param lastEventId where to go on; null for the beginning
     */
    void serve(Caller caller, @Nullable String subject, @Nullable String lastEventId, HttpServletResponse response) {
        Follower follower = new Follower(caller.organizationId(), subject, Optional.ofNullable(lastEventId));
        streams.serve(response, EventLog.topic(caller.organizationId()), follower);
    }

    private final class Follower implements SseStreams.Source {
        private final String organizationId;
        private final @Nullable String subject;
        private Optional<String> last;

        Follower(String organizationId, @Nullable String subject, Optional<String> last) {
            this.organizationId = organizationId;
            this.subject = subject;
            this.last = last;
        }

        @Override
        public boolean sendNew(SseStreams.Sink sink) throws IOException {
            List<Event> batch;
            do {
                batch = subject == null
                        ? events.read(organizationId, last, BATCH)
                        : events.readAbout(organizationId, subject, last, BATCH);
                for (Event event : batch) {
                    sink.send(event.id(), "change", event);
                    last = Optional.of(event.id());
                }
            } while (batch.size() == BATCH);
            return true;
        }
    }
}
