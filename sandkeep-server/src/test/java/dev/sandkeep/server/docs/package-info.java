/** Pages of the documentation that are made from the code, and must be equal to it. */
@NullMarked
package dev.sandkeep.server.docs;

import org.jspecify.annotations.NullMarked;
