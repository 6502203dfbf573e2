@NullMarked
package dev.sandkeep.linux;

import org.jspecify.annotations.NullMarked;
