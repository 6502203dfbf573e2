@NullMarked
package dev.sandkeep.linux.runtime;

import org.jspecify.annotations.NullMarked;
