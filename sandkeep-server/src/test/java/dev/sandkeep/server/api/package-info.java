/** The API, from outside. */
@NullMarked
package dev.sandkeep.server.api;

import org.jspecify.annotations.NullMarked;
