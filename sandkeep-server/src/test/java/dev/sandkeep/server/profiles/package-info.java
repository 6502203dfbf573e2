@NullMarked
package dev.sandkeep.server.profiles;

import org.jspecify.annotations.NullMarked;
