@NullMarked
package dev.sandkeep.server.sessions;

import org.jspecify.annotations.NullMarked;
