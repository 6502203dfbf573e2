/**
 * Providers and volume backends that misbehave on demand, for tests of those who call them.
 *
 * <p>{@link dev.sandkeep.spi.faults.FaultySandboxProvider} and {@link dev.sandkeep.spi.faults.FaultyVolumeBackend} wrap real
 * ones; a {@link dev.sandkeep.spi.faults.FaultPlan} says which call of which method goes wrong, and how.
 */
@NullMarked
package dev.sandkeep.spi.faults;

import org.jspecify.annotations.NullMarked;
