/** What every feature stands on and no feature owns: ids, time, waking up. */
@NullMarked
package dev.sandkeep.server.platform;

import org.jspecify.annotations.NullMarked;
