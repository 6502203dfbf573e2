@NullMarked
package dev.sandkeep.linux.slots;

import org.jspecify.annotations.NullMarked;
