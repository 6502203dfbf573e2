package dev.sandkeep.spi;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Runs compute.
 *
 * <h2>Vocabulary</h2>
 *
 * A <em>compute</em> is one runtime with its own root file system, processes and network, named by a {@link ComputeId} that
 * the caller chose and wrote down before it called. An <em>image</em> is an immutable root file system. A compute starts
 * from an image and writes beside it; a stopped compute's writes can be <em>captured</em> as a new image on top.
 *
 * <h2>Life of a compute</h2>
 *
 * <pre>
 *            start                stop, or its first process ends
 *   (none) ────────▶ running ───────────────────────────────────▶ stopped ──capture──▶ stopped, image made
 *      ▲              │  ▲ │                                          │
 *      │        pause ▼  │ unpause                                    │
 *      │              paused ──── stop ──────────────────────────────▶│
 *      └────────────────┴────────────────── destroy ──────────────────┘
 * </pre>
 *
 * A paused compute is a running one whose processes get no time: it keeps memory, connections and everything else, and ends only
 * by {@link #stop}, {@link #destroy} or with its host.
 *
 * A compute never starts again: what comes after is another generation. A host that reboots finds its computes stopped.
 * Computes do not depend on the process that called: it may end and another open the provider, and all goes on.
 *
 * <h2>Rules for every method</h2>
 *
 * <ul>
 *   <li><b>Repeatable.</b> Called again with the same arguments, after success, after an exception or after the caller died
 *       half-way, a method finishes what is missing and answers the same. Two callers at the same moment are one after the
 *       other.
 *   <li><b>Absence is an answer.</b> {@code Missing} is returned only when the host was asked and knows nothing. When it
 *       cannot be asked, {@link ProviderException} is thrown, and the caller concludes nothing.
 *   <li><b>Generations fence.</b> {@link #start} refuses a generation below the newest seen of that sandbox. The other
 *       methods touch exactly the generation that they are given, never another.
 *   <li><b>Nothing is half there.</b> An image appears complete or not at all.
 *   <li><b>The content is hostile.</b> Nothing in an image or written by a sandbox (links, names, device nodes, ids) makes the
 *       provider read or write outside what belongs to that compute.
 * </ul>
 *
 * Methods block; callers use virtual threads and set their own deadlines. Implementations are safe for concurrent use.
 */
public interface SandboxProvider extends AutoCloseable {

    /** What this provider can do. Constant while it is open. */
    ProviderCapabilities capabilities();

    /**
     * Makes the image of {@code source} exist, once for all who ask: concurrent calls for one source build it once.
     *
     * @param progress receives lines of output while it works; may be called from another thread
     */
    BaseImageOutcome ensureBaseImage(BaseImageSource source, Consumer<String> progress);

    /**
     * Starts {@code spec.id()}. Answers {@code Started(adopted)} when it runs already, whatever the rest of {@code spec} says.
     * Under a name that has stopped, it throws {@link ProviderException.Kind#FAULT}: the caller destroys it or takes the next
     * generation. When it throws otherwise, nothing of the compute runs; what is left on the host goes with {@link #destroy}.
     *
     * <p>A persisted path that the image lacks is made, with the directories above it, owned by root with mode 0755. One that is
     * no directory in the image, or has a symbolic link on the way, is {@code Refused} as {@code persisted_path_unusable}: it
     * is never followed.
     */
    StartOutcome start(ComputeSpec spec);

    /** Looks, and changes nothing. */
    InspectOutcome inspect(ComputeId id);

    /**
     * Runs a command beside what already runs. A compute that ends ends its commands. The command keeps running when the
     * caller's process dies only as long as it neither reads its input nor writes more than the pipes hold. In a paused compute
     * it starts when the pause ends; {@code UNAVAILABLE} is thrown when that takes longer than half a minute.
     */
    ExecOutcome exec(ComputeId id, ExecSpec spec);

    /**
     * Replaces or adds a file under {@code /run/sandkeep}, atomically for readers inside.
     *
     * @return false when the compute does not run; nothing was changed
     */
    boolean putRunFile(ComputeId id, String name, String content);

    /**
     * Ends every process of a compute, also of a paused one, which goes on for that: SIGTERM to all, SIGKILL to what is left after
     * {@code grace}. When it returns, nothing
     * of the compute can write any more; what it wrote is complete, though not yet flushed to disk.
     */
    StopOutcome stop(ComputeId id, Duration grace);

    /**
     * Holds every process of a compute still. When it returns {@code DONE} or {@code ALREADY}, none runs and none is inside a
     * system call that writes, until {@link #unpause}; nothing in the compute can prevent it. A pause outlives the caller: who
     * finds a compute {@linkplain RunningCompute#paused paused} and does not know why lets it go on.
     *
     * @throws ProviderException {@code UNAVAILABLE} when a process could not be held still, for example because it waits for a
     *     disk that does not answer; the compute goes on then
     */
    PauseOutcome pause(ComputeId id);

    /** Lets a paused compute go on. */
    PauseOutcome unpause(ComputeId id);

    /**
     * Removes everything of a compute, killing it first if it runs. Its persisted paths are not touched: they belong to the
     * volume.
     */
    DestroyOutcome destroy(ComputeId id);

    /**
     * Makes the image {@code image} of what a stopped compute wrote, on top of the image that it started from, flushed to
     * disk when this returns. Costs the same for one file and for a million, the flush aside. Afterwards the compute only can
     * be destroyed. Persisted paths are not part of it.
     *
     * @throws ProviderException {@code STORAGE_FULL} when the host has no room; the compute is as before
     */
    CaptureOutcome capture(ComputeId id, ImageId image);

    /** All complete images, in no order. */
    List<ImageDescription> listImages();

    /** Removes an image that no compute and no other image stands on. */
    DeleteImageOutcome deleteImage(ImageId image);

    /**
     * Shows what a compute has written over its image, running or stopped: what {@link #capture} would make an image of.
     * Persisted paths are not part of it. Of a compute that runs, every path is shown as it is at some moment during the call,
     * and what it writes meanwhile may be missed; stop it first where that matters.
     *
     * <p>The visitor sees names and content that the sandbox chose. Showing them takes little memory, however many names a
     * directory holds, however deep it is and however long a file pretends to be, and reads no content that the visitor does not
     * {@linkplain ChangedFile#open ask for}.
     *
     * @return {@code Missing} also for a compute that was captured: ask for the image then
     */
    ChangesOutcome visitChanges(ComputeId id, ChangeVisitor visitor);

    /**
     * Shows what an image has over the one that it stands on, as {@link #visitChanges(ComputeId, ChangeVisitor)} does; of an image
     * that stands on nothing, everything.
     */
    ChangesOutcome visitChanges(ImageId image, ChangeVisitor visitor);

    /**
     * Adds up what an image takes. Reads every directory of it, so not for a hot path.
     *
     * @param largest how many directories to name at most
     * @return empty when there is no such image
     */
    Optional<ImageUsage> imageUsage(ImageId image, int largest);

    /**
     * Compares two images. What they share costs nothing: only what lies above the image that both stand on is read, and content
     * only of files that are equally long and could be equal. Of very large differences (more than some gigabytes of such files),
     * what was not compared counts as changed when its times differ.
     *
     * @param before the earlier one
     * @param after the later one; may be a parent, a child or of no kin
     * @param entries how many paths to name at most; the totals are of all
     * @param largest how many directories to name at most
     * @return empty when one of the images does not exist
     */
    Optional<ImageDiff> diffImages(ImageId before, ImageId after, int entries, int largest);

    /**
     * Reads one file of an image, as a compute started from it would see it, but following no link.
     *
     * @param atMost bytes to read; the file may be longer
     */
    ImageFileOutcome readImageFile(ImageId image, FilePath path, int atMost);

    /** All computes of this installation that are running or stopped, in no order. */
    List<ComputeId> listComputes();

    /**
     * Everything of this installation on the host that could be left behind: containers, processes, mounts, cgroups, network
     * interfaces, directories. Computes that are {@linkplain #listComputes listed} appear with their owner.
     */
    List<HostResource> resources();

    /** Lets go of the host; computes keep running. */
    @Override
    void close();
}
