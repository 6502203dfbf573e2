@NullMarked
package dev.sandkeep.server.platform.config;

import org.jspecify.annotations.NullMarked;
