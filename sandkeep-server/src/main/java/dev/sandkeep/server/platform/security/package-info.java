/** Who calls: API keys, and the caller that they stand for. */
@NullMarked
package dev.sandkeep.server.platform.security;

import org.jspecify.annotations.NullMarked;
