/** The data directory: its identity, its format, who uses it. */
@NullMarked
package dev.sandkeep.server.platform.data;

import org.jspecify.annotations.NullMarked;
