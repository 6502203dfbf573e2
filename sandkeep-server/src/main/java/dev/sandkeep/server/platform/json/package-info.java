/** Reading JSON strictly, with every mistake at once. */
@NullMarked
package dev.sandkeep.server.platform.json;

import org.jspecify.annotations.NullMarked;
