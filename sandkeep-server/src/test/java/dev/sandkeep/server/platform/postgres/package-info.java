@NullMarked
package dev.sandkeep.server.platform.postgres;

import org.jspecify.annotations.NullMarked;
