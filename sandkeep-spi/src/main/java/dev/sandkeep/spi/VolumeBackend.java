package dev.sandkeep.spi;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps the persisted paths of sandboxes.
 *
 * <h2>Vocabulary</h2>
 *
 * A <em>volume</em> holds the persisted paths of one sandbox. One compute generation at a time <em>holds</em> it: it was
 * attached for that generation and not detached since. What a holder writes goes into its <em>head</em>, which lies on a
 * checkpoint, its <em>base</em> (at first on none). Detaching flushes the head to disk and commits it as an immutable
 * <em>checkpoint</em>; the next head lies on that. The checkpoints of a volume are numbered and form one line, its
 * <em>history</em>, whatever their content stands on; the newest one is the volume's durable point.
 *
 * <h2>Life of a volume</h2>
 *
 * <pre>
 *            provision                 attach(n)                        detach(n)
 *   (none) ────────────▶ free ──────────────────────▶ held by n ────────────────────▶ free, one checkpoint more
 *      ▲   fork, import   │ ▲ │                        │  ▲ checkpoint(n):              │   next: attach(n + 1)
 *      │   (with a first  │ │ restore: one more,       │  │ one more, still held        │
 *      │    checkpoint)   │ └─ with earlier content    └──┘                             │
 *      └────── delete ────┴─────────────────────────────────────────────────────────────┘
 * </pre>
 *
 * For example: generation 1 attaches (no checkpoint yet, the sandbox sees what the image holds), writes, is stopped and
 * detached as {@code chk_a}, sequence 1. Generation 2 attaches on {@code chk_a}; its host loses power. The caller proves
 * compute 2 dead, detaches generation 2 as {@code chk_b} (which commits what reached the disk, never less than {@code chk_a}),
 * and attaches generation 3.
 *
 * <p>Another: generation 3 runs for hours, on the base {@code chk_b}. Checkpoints {@code chk_c} and {@code chk_d} are made of it
 * meanwhile; each is complete by itself, so that {@code chk_c} can be removed before or after {@code chk_d} is. It is detached as
 * {@code chk_e}, sequence 5. The user wants {@code chk_d} back: {@code restore(chk_d, chk_f)} makes {@code chk_f}, sequence 6,
 * with the content of {@code chk_d}. Nothing was lost: {@code chk_e} is still there.
 *
 * <h2>What is shared</h2>
 *
 * A checkpoint may stand on what others hold, in this volume and, after a fork, in another. That is the backend's business alone:
 * removing a checkpoint, or deleting a volume, changes nothing that any other checkpoint of any volume shows, and frees what none
 * of them needs any more.
 *
 * <h2>Rules for every method</h2>
 *
 * <ul>
 *   <li><b>Repeatable</b>, as for {@link SandboxProvider}: a detach that died after its commit and is called again finds the
 *       commit and answers it.
 *   <li><b>Generations fence.</b> A call that carries a generation below the newest seen changes nothing and says
 *       {@code Fenced}. The backend does not know whether compute runs: proving the old holder dead before detaching it is
 *       the caller's duty.
 *   <li><b>Never silently less.</b> When a volume is not provably what was committed, the answer is {@code Damaged} with a
 *       code, and nothing in it is changed. A volume that should exist and does not is {@code Missing}; it is never made anew
 *       by {@link #attach}.
 *   <li><b>Absence is an answer</b>; a store that cannot be asked throws {@link ProviderException}.
 * </ul>
 */
public interface VolumeBackend extends AutoCloseable {

    /** Makes an empty volume. */
    ProvisionOutcome provision(VolumeSpec spec);

    /**
     * Gives the volume to a generation. Costs the same whatever the volume holds. A generation that was detached may attach
     * again; it gets a fresh head on top of what it had written.
     *
     * @param promised the durable point that the caller has recorded; the volume must contain it. Empty only when none was
     *     ever recorded
     */
    AttachOutcome attach(VolumeId volume, int generation, Optional<DurablePoint> promised);

    /** Puts on disk what the holder has written so far, while it goes on running. */
    FlushOutcome flush(VolumeId volume, int generation);

    /**
     * Takes the volume from a generation whose compute is dead: flushes, commits the head as {@code checkpoint}, verifies it.
     * When nothing was written since the head's base, and that is the newest checkpoint, it is answered and no new one is made.
     * The first detach of a volume always makes one. What the volume's {@linkplain PersistedPath#exclude patterns} leave out is
     * removed from the head before.
     *
     * <p>On a volume that nobody holds, a generation that is not below the newest seen has nothing to commit: the answer is the
     * newest durable point, and from then on every lower generation is fenced.
     *
     * @param checkpoint name for the new checkpoint, chosen by the caller before the call
     * @throws ProviderException {@code STORAGE_FULL} when it cannot be committed; the generation still holds it
     */
    DetachOutcome detach(VolumeId volume, int generation, CheckpointId checkpoint);

    /**
     * Makes a checkpoint of what the holder has written so far, while it goes on running. The same files and bytes are in it as a
     * detach at the moment of the last pause would have committed. What did not change since the last such checkpoint of this
     * holder is not copied again, but may be shared with it, which shows in link counts that are higher than they were. Most is copied while the sandbox runs; it is held still only to look for, and copy, what changed
     * meanwhile.
     *
     * <p>When nothing was written since the head's base, and that is the newest checkpoint, it is answered and no new one is made;
     * so is, as {@code repeated}, one of that name that had been made before.
     *
     * @param checkpoint name for the new checkpoint, chosen by the caller before the call
     * @param pause holds the sandbox still; what it throws is passed on after nothing is left of the attempt
     * @throws ProviderException {@code STORAGE_FULL} when there is no room for it; nothing is left of it
     */
    CheckpointOutcome checkpoint(VolumeId volume, int generation, CheckpointId checkpoint, Pause pause);

    /** The checkpoints that are kept. Reads one small file for each. */
    CheckpointsOutcome checkpoints(VolumeId volume);

    /**
     * Removes a checkpoint, and frees what stood on it alone. The newest one and the holder's base stay ({@code InUse}). History
     * keeps its number: a durable point that is older than the newest, removed or not, is still contained in the volume.
     */
    RemoveCheckpointOutcome removeCheckpoint(VolumeId volume, CheckpointId checkpoint);

    /**
     * Makes the content of the checkpoint {@code to} the newest of a volume that nobody holds, as a new checkpoint after all
     * others. Copies nothing and costs the same whatever it holds. What was newest stays and can be restored in turn.
     *
     * <p>A generation that was detached before cannot tell: the next attach shows the restored content.
     *
     * @param restored name for the new checkpoint, chosen by the caller before the call; one that exists and was restored from
     *     {@code to} is answered as repeated
     */
    RestoreOutcome restore(VolumeId volume, CheckpointId to, CheckpointId restored);

    /**
     * Makes a volume that begins with the content of a checkpoint of another. Copies nothing and costs the same whatever it holds.
     * From then on neither knows of the other. The source may be held; what its holder wrote since its newest checkpoint is not
     * part of it.
     *
     * @param at the checkpoint; empty for the newest
     * @param target the new volume, with the same places as the source has (exclude patterns and limits may differ); its generations
     *     start anew
     * @param first name for its first checkpoint, chosen by the caller before the call
     */
    ForkOutcome fork(VolumeId source, Optional<CheckpointId> at, VolumeSpec target, CheckpointId first);

    /**
     * Writes a checkpoint as one stream that {@link #importVolume} understands, on this or another installation. It holds what
     * differs from the image, and nothing of the image. Can be called while the volume is held, and for long, without being in
     * anybody's way.
     *
     * @param at the checkpoint; empty for the newest
     * @param key to encrypt with; empty to write it in clear
     * @param labels of the caller's own, given back by the import; at most 64 kB together
     * @param target is not closed
     * @throws java.io.UncheckedIOException when {@code target} fails
     */
    ExportOutcome export(
            VolumeId volume,
            Optional<CheckpointId> at,
            Optional<ExportKey> key,
            Map<String, String> labels,
            OutputStream target);

    /**
     * Makes a volume of what {@link #export} wrote. It appears only when the stream was read to its end and found complete and
     * unchanged; the stream is hostile until then.
     *
     * @param spec the new volume, with the places that the exported one had
     * @param first name for its first checkpoint, chosen by the caller before the call
     * @param keys to decrypt with
     * @param source is not closed
     * @throws java.io.UncheckedIOException when {@code source} fails; nothing is left
     * @throws ProviderException {@code STORAGE_FULL} when there is no room for it; nothing is left
     */
    ImportOutcome importVolume(VolumeSpec spec, CheckpointId first, ExportKeys keys, InputStream source);

    /**
     * Tells how full the paths of a held volume are, for a watcher of limits. Reads every directory that the holder has written to.
     */
    PressureOutcome pressure(VolumeId volume, int generation);

    /** Looks whether the volume is complete and contains {@code promised}. Changes nothing. */
    VerifyOutcome verify(VolumeId volume, Optional<DurablePoint> promised);

    /**
     * Removes the volume and all its checkpoints, whoever holds it; what volumes forked from it need stays. That no compute runs on
     * it is the caller's to prove.
     *
     * @return false when there was none
     */
    boolean delete(VolumeId volume);

    /** All volumes, in no order. */
    List<VolumeId> list();

    /**
     * Adds up what the volume takes. Reads every directory of it, so not for a hot path.
     *
     * @param largest how many directories to name at most
     * @return empty when there is no such volume
     */
    Optional<VolumeUsage> usage(VolumeId volume, int largest);

    /** Lets go of the store. */
    @Override
    void close();
}
