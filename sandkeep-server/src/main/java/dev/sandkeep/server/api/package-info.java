/** The REST edge: requests in, resources out, no decisions. */
@NullMarked
package dev.sandkeep.server.api;

import org.jspecify.annotations.NullMarked;
