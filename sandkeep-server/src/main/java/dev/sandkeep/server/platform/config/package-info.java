/** The server's settings: one catalogue of keys, read strictly, before anything else starts. */
@NullMarked
package dev.sandkeep.server.platform.config;

import org.jspecify.annotations.NullMarked;
