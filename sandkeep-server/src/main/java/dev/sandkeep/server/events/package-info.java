/** The log of everything that changed: who, what, when, from, to. */
@NullMarked
package dev.sandkeep.server.events;

import org.jspecify.annotations.NullMarked;
