/** The command line, a client of the public API only. */
@NullMarked
package dev.sandkeep.cli;

import org.jspecify.annotations.NullMarked;
