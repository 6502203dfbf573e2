@NullMarked
package dev.sandkeep.linux.registry;

import org.jspecify.annotations.NullMarked;
