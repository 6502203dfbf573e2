/**
 * Immutable layers: what images are made of.
 *
 * <pre>
 * &lt;data&gt;/layers/&lt;image id&gt;/diff/        files in overlayfs's on-disk form
 * &lt;data&gt;/layers/&lt;image id&gt;/merged/      instead, once the layer was merged with those below it
 * &lt;data&gt;/layers/&lt;image id&gt;/layer.json   parent, owner of the ids on disk, creation time
 * &lt;data&gt;/tmp/                          layers that are being made; safe to delete while no server runs
 * </pre>
 *
 * A layer directory gets its final name in one rename, after everything in it is on disk. Whatever is under {@code layers}
 * is complete.
 */
@NullMarked
package dev.sandkeep.linux.layers;

import org.jspecify.annotations.NullMarked;
