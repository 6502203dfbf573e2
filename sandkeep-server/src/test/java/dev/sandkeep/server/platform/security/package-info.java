@NullMarked
package dev.sandkeep.server.platform.security;

import org.jspecify.annotations.NullMarked;
