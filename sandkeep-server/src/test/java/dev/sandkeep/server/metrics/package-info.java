/** What monitoring is told, by a server that works. */
@NullMarked
package dev.sandkeep.server.metrics;

import org.jspecify.annotations.NullMarked;
