@NullMarked
package dev.sandkeep.server.platform.mail;

import org.jspecify.annotations.NullMarked;
