package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.data.DirectoryUse;
import dev.sandkeep.server.platform.database.DatabaseSize;
import dev.sandkeep.server.platform.database.DatabaseSizes;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.snapshots.ImagePruning;
import dev.sandkeep.server.snapshots.ImageRemoval;
import dev.sandkeep.server.snapshots.SnapshotSpace;
import dev.sandkeep.server.snapshots.Snapshots;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;

/** Where every byte is, and how to get some back. */
@Controller
public final class StoragePage {
    private static final int TABLES = 8;
    private static final int REMOVALS = 20;
    private static final int VOLUMES = 20;

    private final Pages pages;
    private final DataDirectory data;
    private final VolumePlace volumes;
    private final DatabaseSizes database;
    private final Snapshots snapshots;
    private final ImagePruning pruning;
    private final StorageMeasure measure;

    StoragePage(
            Pages pages,
            DataDirectory data,
            VolumePlace volumes,
            DatabaseSizes database,
            Snapshots snapshots,
            ImagePruning pruning,
            StorageMeasure measure) {
        this.pages = pages;
        this.data = data;
        this.volumes = volumes;
        this.database = database;
        this.snapshots = snapshots;
        this.pruning = pruning;
        this.measure = measure;
    }

    /**
     * What the page shows.
     *
     * @param disks of the data directory and, when they are elsewhere, of the volumes
     * @param measured what was counted last; empty when nobody asked for it since the server started
     * @param snapshots what those of each profile take
     * @param removals what was removed, newest first
     * @param pruning what would be removed; empty when nobody asked
     */
    public record Content(
            List<Tab> tabs,
            List<Disk> disks,
            DatabaseSize database,
            Optional<StorageMeasure.Answer> measured,
            List<SnapshotSpace> snapshots,
            List<ImageRemoval> removals,
            Optional<ImagePruning.Report> pruning) {
        /** The volumes that take most. */
        public List<DirectoryUse.Part> volumes() {
            return measured.stream()
                    .flatMap(answer -> answer.volumes().stream())
                    .filter(part -> Ids.Kind.VOLUME.matches(name(part.directory())))
                    .limit(VOLUMES)
                    .toList();
        }

        /** What a directory is for; empty when that is not known. */
        public String purpose(Path directory) {
            if (directory.equals(disks.getFirst().path())) {
                return "everything";
            }
            return switch (name(directory)) {
                case "postgres" -> "the embedded database";
                case "layers" -> "layers of base images and snapshots";
                case "images" -> "what was pulled for base images";
                case "sandboxes" -> "what sandboxes wrote outside of persisted paths";
                case "volumes" -> "persisted paths and their checkpoints";
                case "tmp" -> "work under way";
                default -> "";
            };
        }

        private static String name(Path directory) {
            return String.valueOf(directory.getFileName());
        }
    }

    @GetMapping(SystemTabs.STORAGE)
    @Requires(Permission.SERVER_OPERATE)
    View storage(
            Frame frame,
            @RequestParam(name = "measure", required = false) @Nullable String count,
            @RequestParam(required = false) @Nullable String prune) {
        if (prune != null) {
            frame.caller().require(Permission.SNAPSHOTS_PRUNE);
        }
        boolean inside = volumes.path().startsWith(data.root());
        return pages.page(
                "system/storage",
                frame,
                new Content(
                        SystemTabs.at(SystemTabs.STORAGE),
                        inside ? List.of(Disk.of(data.root())) : List.of(Disk.of(data.root()), Disk.of(volumes.path())),
                        database.now(TABLES),
                        count == null ? measure.newest() : Optional.of(measure.now()),
                        snapshots.space(data.installation()),
                        pruning.removals(frame.caller(), REMOVALS),
                        prune == null ? Optional.empty() : Optional.of(pruning.run(frame.caller(), true))));
    }
}
