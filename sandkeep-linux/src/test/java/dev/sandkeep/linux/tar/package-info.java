@NullMarked
package dev.sandkeep.linux.tar;

import org.jspecify.annotations.NullMarked;
