/** The log of everything that changed: who, what, when, from, to; and the audit log of what people did, from where. */
@NullMarked
package dev.sandkeep.server.events;

import org.jspecify.annotations.NullMarked;
