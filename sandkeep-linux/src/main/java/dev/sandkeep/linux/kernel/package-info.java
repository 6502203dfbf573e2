/**
 * The system calls that Sandkeep needs and the JDK does not offer, through the foreign function interface.
 *
 * <p>{@link dev.sandkeep.linux.kernel.SystemCall} is the only class that calls native code; {@code Directory} and
 * {@code Mounts} give its calls types. Names of files are bytes here, never strings: a sandbox may use any.
 */
@NullMarked
package dev.sandkeep.linux.kernel;

import org.jspecify.annotations.NullMarked;
