@NullMarked
package dev.sandkeep.server.dashboard;

import org.jspecify.annotations.NullMarked;
