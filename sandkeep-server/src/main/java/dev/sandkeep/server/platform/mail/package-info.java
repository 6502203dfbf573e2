/** Mail that the server sends, when it is told through which server. */
@NullMarked
package dev.sandkeep.server.platform.mail;

import org.jspecify.annotations.NullMarked;
