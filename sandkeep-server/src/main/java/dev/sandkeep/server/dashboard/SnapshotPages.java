package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.snapshots.Snapshot;
import dev.sandkeep.server.snapshots.SnapshotHistory;
import dev.sandkeep.server.snapshots.SnapshotInputs;
import dev.sandkeep.server.snapshots.Snapshots;
import dev.sandkeep.spi.ImageUsage;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.servlet.View;

/** One snapshot, and how two differ. */
@Controller
public final class SnapshotPages {
    private static final int ENTRIES = 500;
    private static final int OTHERS = 50;

    private final Pages pages;
    private final SnapshotHistory history;
    private final Snapshots snapshots;

    SnapshotPages(Pages pages, SnapshotHistory history, Snapshots snapshots) {
        this.pages = pages;
        this.history = history;
        this.snapshots = snapshots;
    }

    /**
     * What the page of one shows.
     *
     * @param usage what its image takes on disk; empty when the image cannot be read here
     * @param usageMissing why
     * @param others of the same profile, to compare with
     */
    public record One(
            Snapshot snapshot,
            Optional<SnapshotInputs> inputs,
            Optional<ImageUsage> usage,
            String usageMissing,
            List<Snapshot> others) {}

    /** How two differ. */
    public record Two(SnapshotHistory.Difference difference) {
        /** What became of a path or package. */
        public static String change(boolean before, boolean after) {
            return before && after ? "changed" : after ? "added" : "removed";
        }
    }

    @GetMapping("/snapshots/{id}")
    @Requires(Permission.SNAPSHOTS_SEE)
    View one(Frame frame, @PathVariable String id) {
        Snapshot snapshot = history.get(frame.caller(), id);
        Optional<ImageUsage> usage = Optional.empty();
        String missing = "";
        try {
            usage = Optional.of(history.usage(snapshot));
        } catch (SandkeepException elsewhere) {
            missing = elsewhere.getMessage() + " " + elsewhere.nextStep();
        }
        List<Snapshot> others = snapshots
                .list(frame.caller(), Optional.of(snapshot.profileId()), new PageRequest(OTHERS, Optional.empty()))
                .items()
                .stream()
                .filter(it -> !it.id().equals(id))
                .toList();
        return pages.page("snapshots/one", frame, new One(snapshot, history.inputs(snapshot), usage, missing, others));
    }

    @GetMapping("/snapshots/{before}/diff/{after}")
    @Requires(Permission.SNAPSHOTS_SEE)
    View two(Frame frame, @PathVariable String before, @PathVariable String after) {
        return pages.page("snapshots/two", frame, new Two(history.diff(frame.caller(), before, after, ENTRIES)));
    }
}
