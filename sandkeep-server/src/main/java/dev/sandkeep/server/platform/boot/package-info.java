/** How the server comes up and goes down: what happens before Spring, and what Spring is given. */
@NullMarked
package dev.sandkeep.server.platform.boot;

import org.jspecify.annotations.NullMarked;
