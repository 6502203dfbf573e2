/** This machine: the data directory, the server as a background process, and compute seen from outside. */
@NullMarked
package dev.sandkeep.cli.host;

import org.jspecify.annotations.NullMarked;
