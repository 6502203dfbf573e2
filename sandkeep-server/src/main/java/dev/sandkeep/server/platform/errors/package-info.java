/** Every failure that a user can see: its code, its sentence, what to do next. */
@NullMarked
package dev.sandkeep.server.platform.errors;

import org.jspecify.annotations.NullMarked;
