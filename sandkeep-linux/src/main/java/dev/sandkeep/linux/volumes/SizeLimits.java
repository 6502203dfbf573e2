package dev.sandkeep.linux.volumes;

import dev.sandkeep.linux.files.HostFailure;
import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.KernelException;
import dev.sandkeep.linux.kernel.ProjectQuota;
import dev.sandkeep.linux.kernel.ProjectQuota.Usage;
import dev.sandkeep.linux.kernel.QuotaBound;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Limits for heads that the file system itself enforces, where it has project quotas. Each head is a project of its own, whose limit is
 * what the checkpoints below leave of its path's. The limit is lifted before a head is committed: nothing that the backend does is
 * ever in its way.
 */
final class SizeLimits {
    /** What a head may take though its path is full, so that there is room to remove something: removing takes room in overlays. */
    static final long LEAST = 16L << 20;

    private static final long FIRST_PROJECT = 1L << 20;
    private static final long PROJECTS = 1L << 31;
    private static final long TRIED = 64 * 1024;

    private final boolean possible;

    private SizeLimits(boolean possible) {
        this.possible = possible;
    }

    /** Tries below {@code directory}, in one that is removed again, whether a write over a limit fails. */
    static SizeLimits in(Path directory) throws IOException {
        Path place = Files.createDirectory(directory.resolve(".trial-" + UUID.randomUUID()));
        try (Directory tried = Directory.open(place)) {
            long project = unused(tried);
            ProjectQuota.give(tried, project);
            ProjectQuota.limit(tried, project, TRIED);
            try {
                return new SizeLimits(QuotaBound.call(() -> refuses(place)));
            } finally {
                ProjectQuota.limit(tried, project, 0);
            }
        } catch (KernelException cannot) {
            return new SizeLimits(false);
        } finally {
            try (Directory parent = Directory.open(directory)) {
                parent.removeTree(Directory.bytes(place.getFileName().toString()));
            }
        }
    }

    private static boolean refuses(Path place) {
        try {
            Files.write(place.resolve("file"), new byte[(int) (4 * TRIED)]);
            return false;
        } catch (IOException e) {
            return HostFailure.isFull(e);
        }
    }

    /** Whether the file system can. */
    boolean possible() {
        return possible;
    }

    /** Limits what will be made in an empty directory. */
    void begin(Path head, long bytes) {
        try (Directory directory = Directory.open(head)) {
            long project = unused(directory);
            ProjectQuota.give(directory, project);
            ProjectQuota.limit(directory, project, Math.max(bytes, LEAST));
        }
    }

    /** Limits again what was limited once. */
    void renew(Path head, long bytes) {
        if (possible) {
            try (Directory directory = Directory.open(head)) {
                long project = ProjectQuota.of(directory);
                if (project >= FIRST_PROJECT) {
                    ProjectQuota.limit(directory, project, Math.max(bytes, LEAST));
                }
            }
        }
    }

    /**
     * Ends the limit of a head.
     *
     * @return what it takes, where that is known
     */
    OptionalLong lift(Path head) {
        if (!possible) {
            return OptionalLong.empty();
        }
        try (Directory directory = Directory.open(head)) {
            long project = ProjectQuota.of(directory);
            if (project < FIRST_PROJECT) {
                return OptionalLong.empty();
            }
            ProjectQuota.limit(directory, project, 0);
            return OptionalLong.of(ProjectQuota.usage(directory, project).bytes());
        }
    }

    /** Whether a head is limited now. */
    boolean holds(Path head) {
        if (!possible) {
            return false;
        }
        try (Directory directory = Directory.open(head)) {
            long project = ProjectQuota.of(directory);
            return project >= FIRST_PROJECT
                    && ProjectQuota.usage(directory, project).limit() > 0;
        }
    }

    /** A project without files: those of heads that were committed keep theirs. */
    private static long unused(Directory directory) {
        while (true) {
            long project = ThreadLocalRandom.current().nextLong(FIRST_PROJECT, PROJECTS);
            Usage usage = ProjectQuota.usage(directory, project);
            if (usage.files() == 0 && usage.limit() == 0) {
                return project;
            }
        }
    }
}
