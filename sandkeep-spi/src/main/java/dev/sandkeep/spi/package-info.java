/**
 * What Sandkeep asks of the systems under it: {@link dev.sandkeep.spi.SandboxProvider} runs compute,
 * {@link dev.sandkeep.spi.VolumeBackend} keeps what outlives compute.
 *
 * <p>Read the two interface comments first; the value types only make sense with them. Everything an
 * implementation must do is also executable: the contract tests in this module's test-jar run against any
 * implementation.
 */
@NullMarked
package dev.sandkeep.spi;

import org.jspecify.annotations.NullMarked;
