package dev.sandkeep.server.api;

import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.json.SelfChecking;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.snapshots.ImagePruning;
import dev.sandkeep.server.snapshots.Snapshot;
import dev.sandkeep.server.snapshots.SnapshotHistory;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What is done with snapshots that are kept: look, compare, go back, pin, prune. */
@RestController
@RequestMapping("/api/v1/snapshots")
@Tag(name = "Snapshots")
class SnapshotHistoryController {
    private static final int DEFAULT_ENTRIES = 200;
    private static final int MOST_ENTRIES = 5000;
    private static final int LONGEST_REASON = 500;
    private static final int REMOVALS = 100;

    private final SnapshotHistory history;
    private final ImagePruning pruning;

    SnapshotHistoryController(SnapshotHistory history, ImagePruning pruning) {
        this.history = history;
        this.pruning = pruning;
    }

    /**
     * Why to keep it.
     *
     * @param reason for people
     */
    record PinRequest(@Nullable String reason) implements SelfChecking {
        @Override
        public void check(String path, ValidationErrors errors) {
            errors.check(
                    reason == null || reason.length() <= LONGEST_REASON,
                    path + "reason",
                    "too_long",
                    "reason is longer than " + LONGEST_REASON + " characters");
        }
    }

    /**
     * What to do with images that nothing needs.
     *
     * @param dryRun only say which
     */
    record PruneRequest(
            @Nullable @Schema(defaultValue = "false") Boolean dryRun) {}

    @GetMapping("/{snapshot}")
    @Requires(Permission.SNAPSHOTS_SEE)
    @Operation(operationId = "getSnapshot", summary = "One snapshot, and where its space goes")
    SnapshotDetailView get(Caller caller, @PathVariable String snapshot) {
        Snapshot found = history.get(caller, snapshot);
        return SnapshotDetailView.of(found, history.inputs(found), history.allowedSecrets(found), history.usage(found));
    }

    @PostMapping("/{snapshot}/rollback")
    @Requires(Permission.SNAPSHOTS_KEEP)
    @Operation(
            operationId = "rollbackSnapshot",
            summary = "Let new sessions of its version start from it; sandboxes that run keep theirs")
    SnapshotView rollback(Caller caller, @PathVariable String snapshot) {
        return SnapshotView.of(history.rollback(caller, snapshot));
    }

    @PostMapping("/{snapshot}/pin")
    @Requires(Permission.SNAPSHOTS_KEEP)
    @Operation(operationId = "pinSnapshot", summary = "Keep it, however many follow")
    SnapshotView pin(
            Caller caller, @PathVariable String snapshot, @RequestBody(required = false) @Nullable PinRequest body) {
        String reason = body == null || body.reason() == null ? "" : body.reason();
        return SnapshotView.of(history.pin(caller, snapshot, reason));
    }

    @PostMapping("/{snapshot}/unpin")
    @Requires(Permission.SNAPSHOTS_KEEP)
    @Operation(operationId = "unpinSnapshot", summary = "Keep it only as long as the others")
    SnapshotView unpin(Caller caller, @PathVariable String snapshot) {
        return SnapshotView.of(history.unpin(caller, snapshot));
    }

    @GetMapping("/{snapshot}/diff/{other}")
    @Requires(Permission.SNAPSHOTS_SEE)
    @Operation(
            operationId = "diffSnapshots",
            summary = "How another snapshot differs from this one: files, directories, packages")
    SnapshotDiffView diff(
            Caller caller,
            @PathVariable @Parameter(description = "The earlier snapshot") String snapshot,
            @PathVariable @Parameter(description = "The later snapshot") String other,
            @RequestParam(defaultValue = "" + DEFAULT_ENTRIES)
                    @Parameter(description = "Most paths to name, 0 to " + MOST_ENTRIES)
                    int limit) {
        ValidationErrors errors = new ValidationErrors();
        errors.check(
                limit >= 0 && limit <= MOST_ENTRIES, "limit", "out_of_range", "limit must be 0 to " + MOST_ENTRIES);
        errors.throwIfAny();
        return SnapshotDiffView.of(history.diff(caller, snapshot, other, limit));
    }

    @PostMapping("/prune")
    @Requires(Permission.SNAPSHOTS_PRUNE)
    @Operation(
            operationId = "pruneSnapshots",
            summary =
                    "Remove the snapshots of the organization and the base images that nothing needs, or only say which they are")
    PruneView prune(Caller caller, @RequestBody(required = false) @Nullable PruneRequest body) {
        boolean dryRun = body != null && body.dryRun() != null && body.dryRun();
        return PruneView.of(pruning.run(caller, dryRun));
    }

    @GetMapping("/removals")
    @Requires(Permission.SNAPSHOTS_SEE)
    @Operation(
            operationId = "listSnapshotRemovals",
            summary = "The ledger of what was removed and why it was allowed, newest first, at most " + REMOVALS)
    List<PruneView.Removal> removals(Caller caller) {
        return pruning.removals(caller, REMOVALS).stream()
                .map(PruneView.Removal::of)
                .toList();
    }
}
