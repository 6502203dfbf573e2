@NullMarked
package dev.sandkeep.server.platform;

import org.jspecify.annotations.NullMarked;
