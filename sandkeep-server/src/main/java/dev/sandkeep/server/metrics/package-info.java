/** What the metrics say about the whole installation and its disks: looked up when somebody reads them, and not more often than every few seconds. */
@NullMarked
package dev.sandkeep.server.metrics;

import org.jspecify.annotations.NullMarked;
