package dev.sandkeep.server.api;

import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.snapshots.RefreshOptions;
import dev.sandkeep.server.snapshots.SnapshotJob;
import dev.sandkeep.server.snapshots.SnapshotJobs;
import dev.sandkeep.server.snapshots.Snapshots;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.net.URI;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Snapshots, and asking for new ones. */
@RestController
@RequestMapping("/api/v1")
@Tag(name = "Snapshots")
class SnapshotController {
    private final Snapshots snapshots;
    private final SnapshotJobs jobs;

    SnapshotController(Snapshots snapshots, SnapshotJobs jobs) {
        this.snapshots = snapshots;
        this.jobs = jobs;
    }

    /**
     * How to refresh.
     *
     * @param full from the base image, also where the profile has a maintenance script
     * @param onlyIfChanged end as skipped when base image, repositories and packages are what the present snapshot was made of
     */
    record RefreshRequest(
            @Nullable @Schema(defaultValue = "false") Boolean full,
            @Nullable @Schema(defaultValue = "false") Boolean onlyIfChanged) {
        RefreshOptions options() {
            return new RefreshOptions(full != null && full, onlyIfChanged != null && onlyIfChanged);
        }
    }

    @GetMapping("/snapshots")
    @Requires(Permission.SNAPSHOTS_SEE)
    @Operation(operationId = "listSnapshots", summary = "All snapshots, newest first")
    Page<SnapshotView> list(
            Caller caller,
            @RequestParam(required = false) @Parameter(description = "Only of this profile, by id or name") @Nullable
                    String profile,
            @RequestParam(required = false) @Parameter(description = ListParameters.LIMIT) @Nullable Integer limit,
            @RequestParam(required = false) @Parameter(description = ListParameters.CURSOR) @Nullable String cursor) {
        return snapshots
                .list(caller, Optional.ofNullable(profile), PageRequest.of(limit, cursor))
                .map(SnapshotView::of);
    }

    @PostMapping("/profiles/{profile}/versions/{number}/refresh")
    @ResponseStatus(HttpStatus.CREATED)
    @Requires(Permission.SNAPSHOTS_BUILD)
    @Operation(
            operationId = "refreshSnapshot",
            summary =
                    "Queue a job that makes the version's snapshot anew; the present one serves until the new one is ready")
    ResponseEntity<SnapshotJobView> refresh(
            Caller caller,
            @PathVariable @Parameter(description = ListParameters.PROFILE) String profile,
            @PathVariable int number,
            @RequestBody(required = false) @Nullable RefreshRequest body,
            @RequestHeader(name = "Idempotency-Key", required = false)
                    @Parameter(description = ListParameters.IDEMPOTENCY_KEY)
                    @Nullable
                    String idempotencyKey) {
        SnapshotJob job = jobs.refresh(
                caller, idempotencyKey, profile, number, body == null ? RefreshOptions.DEFAULT : body.options());
        return ResponseEntity.created(URI.create("/api/v1/snapshot-jobs/" + job.id()))
                .body(ShownSnapshotJobs.of(job));
    }
}
