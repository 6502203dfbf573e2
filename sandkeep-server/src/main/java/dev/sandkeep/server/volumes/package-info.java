/**
 * The durable storage of persistent sandboxes: the rows of volumes and checkpoints, and the calls to the volume backend that
 * belong to them. Who holds a volume is written before the backend is asked; the durable point only grows.
 *
 * <p>States and what moves them: {@code docs/states.md}.
 */
@NullMarked
package dev.sandkeep.server.volumes;

import org.jspecify.annotations.NullMarked;
