/** A real PostgreSQL server as part of this one: unpack, initialise, start, watch, stop. Knows nothing of Spring. */
@NullMarked
package dev.sandkeep.server.platform.postgres;

import org.jspecify.annotations.NullMarked;
