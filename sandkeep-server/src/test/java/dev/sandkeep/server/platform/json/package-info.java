@NullMarked
package dev.sandkeep.server.platform.json;

import org.jspecify.annotations.NullMarked;
