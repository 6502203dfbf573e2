package dev.sandkeep.server.api;

import dev.sandkeep.server.events.Event;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.json.SelfChecking;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.sessions.NewSession;
import dev.sandkeep.server.sessions.SandboxState;
import dev.sandkeep.server.sessions.SessionDetails;
import dev.sandkeep.server.sessions.Sessions;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Sessions: start, look, stop, resume, delete. */
@RestController
@RequestMapping("/api/v1/sessions")
@Tag(name = "Sessions")
class SessionController {
    /** Texts that other endpoints of sessions share. */
    static final String SESSION = "Id or name of a session, or id of its sandbox";

    static final int LONGEST_WAIT = 60;
    static final String WAIT = "Seconds to wait for it to run, 0 to 60; when they pass, it is still starting";
    private static final int LONGEST_GRACE = 600;
    private static final int DEFAULT_GRACE = 10;

    private final Sessions sessions;
    private final EventLog events;
    private final EventStreams streams;

    SessionController(Sessions sessions, EventLog events, EventStreams streams) {
        this.sessions = sessions;
        this.events = events;
        this.streams = streams;
    }

    /**
     * A session to start.
     *
     * @param profile id or name
     * @param version a published version; without one, the newest that is usable
     * @param name unique among sessions that are not deleted; made up when absent
     * @param repository address or path of one of the version's repositories, in which commands then begin
     */
    record CreateSession(
            String profile,
            @Nullable Integer version,

            @Nullable @Schema(pattern = "[a-z0-9][a-z0-9-]{0,62}")
            String name,

            @Nullable String repository) {}

    /**
     * How to stop.
     *
     * @param graceSeconds between SIGTERM and SIGKILL, 0 to 600; 10 when absent
     */
    record StopSession(@Nullable Integer graceSeconds) implements SelfChecking {
        @Override
        public void check(String path, ValidationErrors errors) {
            if (graceSeconds != null) {
                errors.check(
                        graceSeconds >= 0 && graceSeconds <= LONGEST_GRACE,
                        path + "graceSeconds",
                        "out_of_range",
                        "graceSeconds must be 0 to " + LONGEST_GRACE);
            }
        }
    }

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    @Requires(Permission.SESSIONS_START)
    @Operation(operationId = "createSession", summary = "Start a session in a new sandbox")
    ResponseEntity<SessionView> create(
            Caller caller,
            @RequestBody CreateSession body,
            @RequestParam(defaultValue = "30") @Parameter(description = WAIT) int wait,
            @RequestHeader(name = "Idempotency-Key", required = false)
                    @Parameter(description = ListParameters.IDEMPOTENCY_KEY)
                    @Nullable
                    String idempotencyKey)
            throws InterruptedException {
        checkWait(wait);
        NewSession wanted = new NewSession(
                body.profile(),
                body.version() == null ? OptionalInt.empty() : OptionalInt.of(body.version()),
                Optional.ofNullable(body.name()),
                Optional.ofNullable(body.repository()));
        SessionDetails made = sessions.create(caller, idempotencyKey, wanted, Duration.ofSeconds(wait));
        return ResponseEntity.created(
                        URI.create("/api/v1/sessions/" + made.session().id()))
                .body(SessionView.of(made));
    }

    @GetMapping
    @Requires(Permission.SESSIONS_SEE)
    @Operation(
            operationId = "listSessions",
            summary = "All sessions, newest first; deleted ones only with state=deleted")
    Page<SessionView> list(
            Caller caller,
            @RequestParam(required = false)
                    @Parameter(
                            description =
                                    "pending, starting, running, stopping, stopped, failed or deleted: of the sandbox")
                    @Nullable
                    String state,
            @RequestParam(required = false) @Parameter(description = "Only of this profile, by id or name") @Nullable
                    String profile,
            @RequestParam(required = false) @Parameter(description = ListParameters.LIMIT) @Nullable Integer limit,
            @RequestParam(required = false) @Parameter(description = ListParameters.CURSOR) @Nullable String cursor) {
        return sessions.list(caller, state(state), Optional.ofNullable(profile), PageRequest.of(limit, cursor))
                .map(SessionView::of);
    }

    @GetMapping("/{session}")
    @Requires(Permission.SESSIONS_SEE)
    @Operation(operationId = "getSession", summary = "One session")
    SessionView get(Caller caller, @PathVariable @Parameter(description = SESSION) String session) {
        return SessionView.of(sessions.get(caller, session));
    }

    @PostMapping("/{session}/stop")
    @Requires(Permission.SESSIONS_USE)
    @Operation(
            operationId = "stopSession",
            summary = "Stop the sandbox; stopped means that what is kept is durable. Waits up to 60 s")
    SessionView stop(
            Caller caller,
            @PathVariable @Parameter(description = SESSION) String session,
            @RequestBody(required = false) @Nullable StopSession body)
            throws InterruptedException {
        int grace = body == null || body.graceSeconds() == null ? DEFAULT_GRACE : body.graceSeconds();
        return SessionView.of(sessions.stop(caller, session, Duration.ofSeconds(grace)));
    }

    @PostMapping("/{session}/resume")
    @Requires(Permission.SESSIONS_USE)
    @Operation(
            operationId = "resumeSession",
            summary = "Start the next generation of a stopped persistent sandbox. Waits up to 60 s")
    SessionView resume(Caller caller, @PathVariable @Parameter(description = SESSION) String session)
            throws InterruptedException {
        return SessionView.of(sessions.resume(caller, session));
    }

    @DeleteMapping("/{session}")
    @Requires(Permission.SESSIONS_DELETE)
    @Operation(
            operationId = "deleteSession",
            summary = "Delete a session; stops it first. What it kept goes when the grace period is over")
    @ApiResponse(responseCode = "204", description = "It is gone", content = @Content)
    @ApiResponse(responseCode = "202", description = "The server goes on deleting it", content = @Content)
    ResponseEntity<Void> delete(
            Caller caller,
            @PathVariable @Parameter(description = SESSION) String session,
            @RequestParam(defaultValue = "false")
                    @Parameter(description = "Whether what it kept goes at once, so that nothing can be restored")
                    boolean now)
            throws InterruptedException {
        return ResponseEntity.status(
                        sessions.delete(caller, session, now) ? HttpStatus.NO_CONTENT : HttpStatus.ACCEPTED)
                .build();
    }

    /**
     * How to undo a deletion.
     *
     * @param name what the session is called from then on; its old name when absent
     */
    record RestoreSession(
            @Nullable @Schema(pattern = "[a-z0-9][a-z0-9-]{0,62}")
            String name) {}

    @PostMapping("/{session}/restore")
    @Requires(Permission.SESSIONS_DELETE)
    @Operation(
            operationId = "restoreSession",
            summary = "Undo the deletion of a session while what it kept is there; it is stopped then")
    SessionView restore(
            Caller caller,
            @PathVariable @Parameter(description = SESSION + "; also the name that it had") String session,
            @RequestBody(required = false) @Nullable RestoreSession body)
            throws InterruptedException {
        return SessionView.of(
                sessions.restore(caller, session, Optional.ofNullable(body).map(RestoreSession::name)));
    }

    @GetMapping("/{session}/events")
    @Requires(Permission.SESSIONS_SEE)
    @Operation(
            operationId = "listSessionEvents",
            summary = "What happened to a session, oldest first; as an event stream with Accept: text/event-stream")
    Page<Event> events(
            Caller caller,
            @PathVariable @Parameter(description = SESSION) String session,
            @RequestParam(required = false) @Parameter(description = ListParameters.LIMIT) @Nullable Integer limit,
            @RequestParam(required = false) @Parameter(description = ListParameters.CURSOR) @Nullable String cursor) {
        String id = sessions.get(caller, session).session().id();
        PageRequest request = PageRequest.of(limit, cursor);
        return Page.of(
                events.readAbout(caller.organizationId(), id, request.after(), request.fetch()), request, Event::id);
    }

    @GetMapping(path = "/{session}/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    @Requires(Permission.SESSIONS_SEE)
    @Operation(
            operationId = "listSessionEvents",
            summary = "What happened to a session, oldest first; as an event stream with Accept: text/event-stream")
    @ApiResponse(
            responseCode = "200",
            description = "The events",
            content =
                    @Content(
                            mediaType = MediaType.TEXT_EVENT_STREAM_VALUE,
                            schema = @Schema(type = "string", description = "Events 'change' whose data is an Event")))
    void followEvents(
            Caller caller,
            @PathVariable @Parameter(description = SESSION) String session,
            @RequestHeader(name = "Last-Event-ID", required = false)
                    @Parameter(description = "Id of the last event that was received")
                    @Nullable
                    String lastEventId,
            HttpServletResponse response) {
        String id = sessions.get(caller, session).session().id();
        streams.serve(caller, id, lastEventId, response);
    }

    static void checkWait(int wait) {
        ValidationErrors errors = new ValidationErrors();
        errors.check(wait >= 0 && wait <= LONGEST_WAIT, "wait", "out_of_range", "wait must be 0 to " + LONGEST_WAIT);
        errors.throwIfAny();
    }

    private static Optional<SandboxState> state(@Nullable String text) {
        if (text == null) {
            return Optional.empty();
        }
        Optional<SandboxState> found = Arrays.stream(SandboxState.values())
                .filter(it -> it.text().equals(text))
                .findFirst();
        ValidationErrors errors = new ValidationErrors();
        errors.check(
                found.isPresent(),
                "state",
                "unknown_value",
                "state must be one of "
                        + Arrays.stream(SandboxState.values())
                                .map(SandboxState::text)
                                .toList());
        errors.throwIfAny();
        return found;
    }
}
