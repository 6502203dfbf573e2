package dev.sandkeep.spi;

import java.util.List;
import java.util.Optional;

/**
 * Keeps the persisted paths of sandboxes.
 *
 * <h2>Vocabulary</h2>
 *
 * A <em>volume</em> holds the persisted paths of one sandbox. One compute generation at a time <em>holds</em> it: it was
 * attached for that generation and not detached since. What a holder writes goes into its <em>head</em>. Detaching flushes the
 * head to disk and commits it as an immutable <em>checkpoint</em> on top of the checkpoints before it; the next head starts
 * on those.
 *
 * <h2>Life of a volume</h2>
 *
 * <pre>
 *            provision            attach(n)                 detach(n)
 *   (none) ────────────▶ free ──────────────▶ held by n ────────────────▶ free, one checkpoint more
 *      ▲                   │                                                │   next: attach(n + 1)
 *      └────── delete ─────┴────────────────────────────────────────────────┘
 * </pre>
 *
 * For example: generation 1 attaches (no checkpoint yet, the sandbox sees what the image holds), writes, is stopped and
 * detached as {@code chk_a}, sequence 1. Generation 2 attaches on {@code chk_a}; its host loses power. The caller proves
 * compute 2 dead, detaches generation 2 as {@code chk_b} (which commits what reached the disk, never less than {@code chk_a}),
 * and attaches generation 3.
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
     * When nothing was written since the last checkpoint, that one is answered and no new one is made.
     * The first detach of a volume always makes one.
     *
     * <p>On a volume that nobody holds, a generation that is not below the newest seen has nothing to commit: the answer is the
     * newest durable point, and from then on every lower generation is fenced.
     *
     * @param checkpoint name for the new checkpoint, chosen by the caller before the call
     * @throws ProviderException {@code STORAGE_FULL} when it cannot be committed; the generation still holds it
     */
    DetachOutcome detach(VolumeId volume, int generation, CheckpointId checkpoint);

    /** Looks whether the volume is complete and contains {@code promised}. Changes nothing. */
    VerifyOutcome verify(VolumeId volume, Optional<DurablePoint> promised);

    /**
     * Removes the volume and all its checkpoints, whoever holds it: that no compute runs on it is the caller's to prove.
     *
     * @return false when there was none
     */
    boolean delete(VolumeId volume);

    /** All volumes, in no order. */
    List<VolumeId> list();

    /**
     * Adds up what the volume takes. Reads every directory of it, so not for a hot path.
     *
     * @return empty when there is no such volume
     */
    Optional<VolumeUsage> usage(VolumeId volume);

    /** Lets go of the store. */
    @Override
    void close();
}
