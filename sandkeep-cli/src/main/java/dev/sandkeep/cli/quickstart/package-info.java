/**
 * What {@code sandkeep quickstart} does, step by step. {@link dev.sandkeep.cli.quickstart.Quickstart} is the table of
 * contents.
 */
@NullMarked
package dev.sandkeep.cli.quickstart;

import org.jspecify.annotations.NullMarked;
