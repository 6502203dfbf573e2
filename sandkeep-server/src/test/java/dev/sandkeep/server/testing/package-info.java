/** What tests of the server share: a real database, a clock that can be moved, a whole server with a client for it. */
@NullMarked
package dev.sandkeep.server.testing;

import org.jspecify.annotations.NullMarked;
