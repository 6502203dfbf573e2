/**
 * Compares what the rows say with what is really there: ends and adopts what is stuck, lost or left behind
 * ({@link dev.sandkeep.server.reconciler.Reconciler}), and tells what belongs to nothing
 * ({@link dev.sandkeep.server.reconciler.Leaks}).
 */
@NullMarked
package dev.sandkeep.server.reconciler;

import org.jspecify.annotations.NullMarked;
