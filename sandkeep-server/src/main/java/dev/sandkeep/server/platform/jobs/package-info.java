/** Background work as leased rows, and repeatable requests. */
@NullMarked
package dev.sandkeep.server.platform.jobs;

import org.jspecify.annotations.NullMarked;
