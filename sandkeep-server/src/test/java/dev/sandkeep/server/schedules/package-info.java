@NullMarked
package dev.sandkeep.server.schedules;

import org.jspecify.annotations.NullMarked;
