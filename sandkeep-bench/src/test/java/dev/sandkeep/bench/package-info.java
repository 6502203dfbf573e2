/** Tests of how the benchmarks reckon. */
@NullMarked
package dev.sandkeep.bench;

import org.jspecify.annotations.NullMarked;
