/** Whole-system tests, from outside: the launcher, the command line, crashes and faults. */
@NullMarked
package dev.sandkeep.e2e;

import org.jspecify.annotations.NullMarked;
