@NullMarked
package dev.sandkeep.linux.layers;

import org.jspecify.annotations.NullMarked;
