/**
 * Volumes in a directory: the backend {@code directory}. On a file system that an overlay can be written to, all is as told here; on
 * others {@link dev.sandkeep.linux.volumes.CopyingVolumeBackend} lets the same happen elsewhere, and copies what was committed.
 *
 * <h2>Layout</h2>
 *
 * <pre>
 * &lt;volumes&gt;/.store.json                          what this directory is, so that an unmounted one is noticed
 * &lt;volumes&gt;/.new/                                volumes that are being made
 * &lt;volumes&gt;/.trash/                              what was removed in one rename and is being deleted
 * &lt;volumes&gt;/.shared/                             checkpoints that several volumes stand on, see {@link
 *                                                dev.sandkeep.linux.volumes.SharedLayers}
 * &lt;volumes&gt;/&lt;vol id&gt;/volume.json                 marker: id, sandbox, paths, patterns, limits; never changes
 * &lt;volumes&gt;/&lt;vol id&gt;/state.json                  newest generation seen, holder, newest checkpoint; replaced atomically
 * &lt;volumes&gt;/&lt;vol id&gt;/lock                        who works on the volume holds flock on this
 * &lt;volumes&gt;/&lt;vol id&gt;/heads/&lt;generation&gt;/&lt;index&gt;/{upper,work}
 * &lt;volumes&gt;/&lt;vol id&gt;/checkpoints/&lt;chk id&gt;/checkpoint.json
 * &lt;volumes&gt;/&lt;vol id&gt;/checkpoints/&lt;chk id&gt;/&lt;index&gt;/{upper | whole,beneath | stack-0,stack-1 …}
 * &lt;volumes&gt;/&lt;vol id&gt;/checkpoints/&lt;chk id&gt;/removed   it was removed, and holds layers for others
 * &lt;volumes&gt;/&lt;vol id&gt;/checkpoints/&lt;chk id&gt;           or a link into .shared
 * &lt;volumes&gt;/&lt;vol id&gt;/making/                     a checkpoint that is being made beside the head
 * &lt;volumes&gt;/&lt;vol id&gt;/past/&lt;chk id&gt;.json          manifests of removed checkpoints, for the history
 * </pre>
 *
 * An index is the place of a path in the volume's list of paths, from 0. A checkpoint says of each path what it holds:
 * {@code UNCHANGED} (nothing), {@code LAYER} ({@code upper}: what changed since the checkpoint on which its head lay), {@code WHOLE}
 * ({@code whole} and {@code beneath}: everything that differs from the image) or {@code STACK} (the same, as it was imported). And it names the <em>chain</em> of each path: the checkpoints whose
 * layers, newest first, make up its content. Overlay mounts get slower and at last refuse with the length of a chain; so a
 * detach that would make one longer than {@value dev.sandkeep.linux.volumes.Detachment#LONGEST_CHAIN} merges it into a
 * {@code WHOLE} one instead of a {@code LAYER}, and the new chain is that alone. This copies, and is the only thing here that
 * takes longer for a larger volume.
 *
 * <h2>States</h2>
 *
 * <pre>
 *  state.json: holder   heads/        means
 *  none                 -             free
 *  none                 n             free; the head of an attach that died, or of a detach that made no checkpoint: removed
 *                                     by the next attach
 *  n                    n             held by n
 *  n                    -             a detach of n died after its commit: checkpoints/ has the successor of the newest
 *                                     checkpoint, made by n. It counts as free with that checkpoint, and state.json follows
 *                                     at the next attach or detach. Without such a checkpoint: damaged (HEAD_MISSING)
 * </pre>
 *
 * A checkpoint of a running holder is no part of what its head lies on: its layers hold a copy of the head (of what did not change
 * since the last such copy, a link to it), and its chain goes on with that of the head's <em>base</em>, which {@code state.json}
 * names. A restored or forked one holds nothing and has the chain of another. So any checkpoint is read by its own chain alone, and
 * the parents only tell the history.
 *
 * <h2>What a death leaves</h2>
 *
 * Each row is a test ({@code VolumeCrashTest}), with the process killed after the step.
 *
 * <pre>
 *  step                                   left behind                        mended by
 *  provision: files made in .new          a directory in .new                repeating; swept when the store is opened
 *  provision: renamed                     the volume                         -
 *  attach: head made                      a head without a holder            any attach
 *  attach: state.json written             the volume held                    attach of that generation answers it
 *  detach: flushed, work removed,         the head, perhaps with a part of   detach does all again; attach of that
 *    merged, checkpoint.json written        a merge or a checkpoint.json       generation makes it a head again
 *  detach: head renamed to checkpoint     a checkpoint that state.json       detach, attach and verify count it
 *                                           does not name
 *  detach: state.json written             nothing; or a merged upper, or     any attach (head); next detach or delete of
 *                                           an unchanged head                  the volume (merged upper)
 *  checkpoint: copied, announced,         making/, or a checkpoint that      the next call that changes anything: what
 *    renamed                                state.json calls "being made"     state.json calls so is removed; repeating
 *  restore: prepared, announced, renamed  the same                           the same
 *  checkpoint, restore: state.json        the new checkpoint                 -
 *    written
 *  remove: marked                         a removed checkpoint whose layers  the next removal
 *                                           are still there
 *  fork: references made, layers shared,  references of a volume that is     repeating; else dropped when the store is
 *    new volume prepared                    not there                          opened, an hour later
 *  fork: renamed                          the new volume                     -
 *  import: unpacked, prepared             directories in .new                repeating; swept when the store is opened
 *  import: renamed                        the new volume                     -
 *  delete: renamed                        a directory in .trash, references   swept when the store is opened
 *  copying: packed                        a working copy that is ahead, and   the next call that changes something, before
 *                                           packs that nothing names            it does; repeating
 *  copying: published                     a note of the token before          the same
 *  copying: withdrawn                     a note of the deletion              ended when the store is opened; repeating
 * </pre>
 *
 * <h2>What is checked</h2>
 *
 * Every attach, detach and verify reads the newest manifest, those of its chains, and those on the way back to the promised
 * durable point. Each must name this volume, its own directory, and the sequence and the rest of the chain that its successor
 * expects. Each layer in a chain must have the {@linkplain dev.sandkeep.linux.volumes.LayerFingerprint fingerprint} that it had
 * when it was committed; what that reads is bounded, and so the time for it.
 *
 * <h2>Limits</h2>
 *
 * Where the file system has project quotas, each head of a path with a limit is a project of its own, see {@link
 * dev.sandkeep.linux.volumes.SizeLimits}. Committed files keep their project, whose limit was lifted; it is never used again.
 *
 * <h2>Durability</h2>
 *
 * A detach flushes the file system before it commits, then the manifest, the renames and {@code state.json} in this order. An
 * attach flushes {@code heads} after the rename that makes the head appear: on journalling file systems (ext4, XFS, Btrfs) that
 * brings the directories below it along.
 *
 * <h2>Names</h2>
 *
 * Names below {@code upper} and {@code whole} were chosen by a sandbox and may be any bytes; only
 * {@link dev.sandkeep.linux.kernel.Directory} touches them. Every other name is ours.
 */
@NullMarked
package dev.sandkeep.linux.volumes;

import org.jspecify.annotations.NullMarked;
