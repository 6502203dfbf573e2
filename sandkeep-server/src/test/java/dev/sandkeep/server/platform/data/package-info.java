@NullMarked
package dev.sandkeep.server.platform.data;

import org.jspecify.annotations.NullMarked;
