@NullMarked
package dev.sandkeep.server.snapshots;

import org.jspecify.annotations.NullMarked;
