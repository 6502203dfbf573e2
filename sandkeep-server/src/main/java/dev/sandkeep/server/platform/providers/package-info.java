/** The sandbox provider and the volume backend that the configuration chose. */
@NullMarked
package dev.sandkeep.server.platform.providers;

import org.jspecify.annotations.NullMarked;
