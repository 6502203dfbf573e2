/** The public API as Java calls: requests, problems, event streams and remote commands. */
@NullMarked
package dev.sandkeep.cli.client;

import org.jspecify.annotations.NullMarked;
