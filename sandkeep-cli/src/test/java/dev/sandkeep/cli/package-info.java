/** Tests of the command line as a process, against a small server that speaks the API's protocols. */
@NullMarked
package dev.sandkeep.cli;

import org.jspecify.annotations.NullMarked;
