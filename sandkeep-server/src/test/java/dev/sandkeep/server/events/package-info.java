@NullMarked
package dev.sandkeep.server.events;

import org.jspecify.annotations.NullMarked;
