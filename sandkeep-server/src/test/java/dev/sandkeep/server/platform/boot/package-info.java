@NullMarked
package dev.sandkeep.server.platform.boot;

import org.jspecify.annotations.NullMarked;
