/** How the server is put together, as rules that the build checks. */
@NullMarked
package dev.sandkeep.server.architecture;

import org.jspecify.annotations.NullMarked;
