package dev.sandkeep.server.api;

import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.sessions.SessionCheckpoints;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Checkpoints of persistent sandboxes. */
@RestController
@RequestMapping("/api/v1/sessions/{session}")
@Tag(name = "Checkpoints")
class CheckpointController {
    private final SessionCheckpoints checkpoints;

    CheckpointController(SessionCheckpoints checkpoints) {
        this.checkpoints = checkpoints;
    }

    /**
     * Where to go back to.
     *
     * @param checkpoint id of a checkpoint of this session
     */
    record Rollback(String checkpoint) {}

    @GetMapping("/checkpoints")
    @Requires(Permission.SESSIONS_SEE)
    @Operation(operationId = "listCheckpoints", summary = "The checkpoints that are kept of a session, newest first")
    Page<CheckpointView> list(
            Caller caller, @PathVariable @Parameter(description = SessionController.SESSION) String session) {
        List<CheckpointView> all = checkpoints.list(caller, session).stream()
                .map(CheckpointView::of)
                .toList();
        return new Page<>(all, null);
    }

    @PostMapping("/checkpoints")
    @Requires(Permission.SESSIONS_USE)
    @ResponseStatus(HttpStatus.CREATED)
    @Operation(
            operationId = "createCheckpoint",
            summary =
                    "Make a checkpoint now, of a sandbox that goes on running; of a stopped one the newest is answered, which holds"
                            + " everything")
    CheckpointView create(
            Caller caller,
            @PathVariable @Parameter(description = SessionController.SESSION) String session,
            @RequestHeader(name = "Idempotency-Key", required = false)
                    @Parameter(description = ListParameters.IDEMPOTENCY_KEY)
                    @Nullable
                    String idempotencyKey) {
        return CheckpointView.of(checkpoints.create(caller, session, idempotencyKey));
    }

    @PostMapping("/rollback")
    @Requires(Permission.SESSIONS_USE)
    @Operation(
            operationId = "rollbackSession",
            summary =
                    "Take a stopped sandbox back to a checkpoint; what it holds now stays a checkpoint. When it cannot be done,"
                            + " the sandbox's failure says why")
    SessionView rollback(
            Caller caller,
            @PathVariable @Parameter(description = SessionController.SESSION) String session,
            @RequestBody Rollback body,
            @RequestHeader(name = "Idempotency-Key", required = false)
                    @Parameter(description = ListParameters.IDEMPOTENCY_KEY)
                    @Nullable
                    String idempotencyKey)
            throws InterruptedException {
        return SessionView.of(checkpoints.rollback(caller, session, body.checkpoint(), idempotencyKey));
    }
}
