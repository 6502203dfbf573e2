package dev.sandkeep.server.api;

import dev.sandkeep.server.events.Event;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The event log: as pages, oldest first, or as a stream that goes on. */
@RestController
@RequestMapping("/api/v1/events")
@Tag(name = "Events")
class EventController {
    private final EventLog events;
    private final EventStreams streams;

    EventController(EventLog events, EventStreams streams) {
        this.events = events;
        this.streams = streams;
    }

    @GetMapping
    @Requires(Permission.EVENTS_SEE)
    @Operation(
            operationId = "listEvents",
            summary = "Events, oldest first; as an event stream with Accept: text/event-stream")
    Page<Event> list(
            Caller caller,
            @RequestParam(required = false) @Parameter(description = "Only about this thing, by id") @Nullable
                    String subject,
            @RequestParam(required = false) @Parameter(description = ListParameters.LIMIT) @Nullable Integer limit,
            @RequestParam(required = false) @Parameter(description = ListParameters.CURSOR) @Nullable String cursor) {
        PageRequest request = PageRequest.of(limit, cursor);
        return Page.of(
                subject == null
                        ? events.read(caller.organizationId(), request.after(), request.fetch())
                        : events.readAbout(caller.organizationId(), subject, request.after(), request.fetch()),
                request,
                Event::id);
    }

    @GetMapping(produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    @Requires(Permission.EVENTS_SEE)
    @Operation(
            operationId = "listEvents",
            summary = "Events, oldest first; as an event stream with Accept: text/event-stream")
    @ApiResponse(
            responseCode = "200",
            description = "The events",
            content =
                    @Content(
                            mediaType = MediaType.TEXT_EVENT_STREAM_VALUE,
                            schema = @Schema(type = "string", description = "Events 'change' whose data is an Event")))
    void stream(
            Caller caller,
            @RequestParam(required = false) @Nullable String subject,
            @RequestParam(required = false)
                    @Parameter(description = "Of a stream: id of the last event that is known; Last-Event-ID wins")
                    @Nullable
                    String after,
            @RequestHeader(name = "Last-Event-ID", required = false)
                    @Parameter(description = "Id of the last event that was received")
                    @Nullable
                    String lastEventId,
            HttpServletResponse response) {
        streams.serve(caller, subject, lastEventId == null ? after : lastEventId, response);
    }
}
