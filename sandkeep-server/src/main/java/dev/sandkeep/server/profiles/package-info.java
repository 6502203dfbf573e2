/** Sandbox profiles: drafts, immutable versions, and the runtime plan that a version compiles to. */
@NullMarked
package dev.sandkeep.server.profiles;

import org.jspecify.annotations.NullMarked;
