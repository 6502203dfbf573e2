/** What a person sees: tables, live progress, times and colours. */
@NullMarked
package dev.sandkeep.cli.terminal;

import org.jspecify.annotations.NullMarked;
