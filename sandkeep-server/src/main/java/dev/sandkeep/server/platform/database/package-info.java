/** Connections, migrations and reading rows. */
@NullMarked
package dev.sandkeep.server.platform.database;

import org.jspecify.annotations.NullMarked;
