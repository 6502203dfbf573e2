package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.spi.FilePath;
import dev.sandkeep.spi.ImageDiff;
import dev.sandkeep.spi.ImageFileOutcome;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.ImageUsage;
import dev.sandkeep.spi.SandboxProvider;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** The snapshots that a version has kept: look into them, compare them, go back to one, keep one for good. */
@Component
public class SnapshotHistory {
    private static final FilePath DPKG_STATUS = FilePath.of("/var/lib/dpkg/status");
    /** A full desktop has 4 MiB. */
    private static final int LARGEST_DPKG_STATUS = 32 << 20;

    private static final int LARGEST_DIRECTORIES = 10;

    private final SnapshotStore store;
    private final SandboxProvider provider;
    private final TransactionTemplate transactions;
    private final EventLog events;
    private final DataDirectory data;

    SnapshotHistory(
            SnapshotStore store,
            SandboxProvider provider,
            TransactionTemplate transactions,
            EventLog events,
            DataDirectory data) {
        this.store = store;
        this.provider = provider;
        this.transactions = transactions;
        this.events = events;
        this.data = data;
    }

    /**
     * How two snapshots differ.
     *
     * @param packages from dpkg's status in both; without entries where there is none
     */
    public record Difference(Snapshot before, Snapshot after, ImageDiff files, PackageDifference packages) {}

    /**
     * One that is kept.
     *
     * @throws SandkeepException {@code not_found}
     */
    public Snapshot get(Caller caller, String id) {
        return store.find(caller.organizationId(), id).orElseThrow(() -> SandkeepException.notFound("snapshot", id));
    }

    /** What it was made from; empty for one that was made before that was written down. */
    public Optional<SnapshotInputs> inputs(Snapshot snapshot) {
        return store.inputs(snapshot.id());
    }

    /** What it holds although it looks like a secret, because its profile allows it. */
    public List<AllowedSecret> allowedSecrets(Snapshot snapshot) {
        return store.allowedSecrets(snapshot.id());
    }

    /**
     * Where its space goes. Reads every directory of its layer.
     *
     * @throws SandkeepException {@code on_other_machine}; {@code snapshot_image_missing}
     */
    public ImageUsage usage(Snapshot snapshot) {
        return provider.imageUsage(image(snapshot), LARGEST_DIRECTORIES).orElseThrow(() -> imageMissing(snapshot));
    }

    /**
     * Lets new sessions of its version start from it. Running sandboxes keep what they have; a job that is under way swaps in its
     * own snapshot when it succeeds. Repeating it changes nothing.
     *
     * @throws SandkeepException {@code not_found}
     */
    public Snapshot rollback(Caller caller, String id) {
        Snapshot to = get(caller, id);
        try {
            transactions.executeWithoutResult(status -> {
                if (store.rollback(to)) {
                    events.append(
                            caller,
                            Change.of("snapshot", id, "rolled_back_to")
                                    .detail(to.profileName() + " version " + to.version())
                                    .alsoAbout(to.profileId()));
                }
            });
        } catch (DataIntegrityViolationException releasedMeanwhile) {
            throw SandkeepException.notFound("snapshot", id).causedBy(releasedMeanwhile);
        }
        return get(caller, id);
    }

    /**
     * Keeps it, however many follow. Pinning what is pinned changes nothing.
     *
     * @param reason for people
     * @throws SandkeepException {@code not_found}
     */
    public Snapshot pin(Caller caller, String id, String reason) {
        Snapshot found = get(caller, id);
        transactions.executeWithoutResult(status -> {
            if (store.pin(id, caller.actor(), reason)) {
                events.append(
                        caller,
                        Change.of("snapshot", id, "pinned").detail(reason).alsoAbout(found.profileId()));
            }
        });
        return get(caller, id);
    }

    /**
     * The reverse of {@link #pin}.
     *
     * @throws SandkeepException {@code not_found}
     */
    public Snapshot unpin(Caller caller, String id) {
        Snapshot found = get(caller, id);
        transactions.executeWithoutResult(status -> {
            if (store.unpin(id)) {
                events.append(caller, Change.of("snapshot", id, "unpinned").alsoAbout(found.profileId()));
            }
        });
        return get(caller, id);
    }

    /**
     * Compares two snapshots, of whatever versions and profiles.
     *
     * @param entries how many paths to name at most
     * @throws SandkeepException {@code not_found}; {@code on_other_machine}; {@code snapshot_image_missing}
     */
    public Difference diff(Caller caller, String beforeId, String afterId, int entries) {
        Snapshot before = get(caller, beforeId);
        Snapshot after = get(caller, afterId);
        ImageDiff files = provider.diffImages(image(before), image(after), entries, LARGEST_DIRECTORIES)
                .orElseThrow(() -> imageMissing(after));
        return new Difference(before, after, files, PackageDifference.between(packages(before), packages(after)));
    }

    private InstalledPackages packages(Snapshot snapshot) {
        ImageFileOutcome outcome = provider.readImageFile(image(snapshot), DPKG_STATUS, LARGEST_DPKG_STATUS);
        Optional<String> text = outcome instanceof ImageFileOutcome.Found found
                ? Optional.of(StandardCharsets.UTF_8.decode(found.content()).toString())
                : Optional.empty();
        return text.map(InstalledPackages::parse).orElse(InstalledPackages.NONE);
    }

    private ImageId image(Snapshot snapshot) {
        if (!snapshot.dataDirectory().equals(data.installation())) {
            throw new SandkeepException(
                            ProblemCode.ON_OTHER_MACHINE,
                            "Snapshot " + snapshot.id() + " lies in the data directory " + snapshot.dataDirectory()
                                    + ".")
                    .with("dataDirectory", snapshot.dataDirectory());
        }
        return new ImageId(snapshot.id());
    }

    private static SandkeepException imageMissing(Snapshot snapshot) {
        return new SandkeepException(
                ProblemCode.IMAGE_MISSING, "The image of snapshot " + snapshot.id() + " is gone from the host.");
    }
}
