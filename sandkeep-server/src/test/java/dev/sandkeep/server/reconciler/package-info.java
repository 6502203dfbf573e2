@NullMarked
package dev.sandkeep.server.reconciler;

import org.jspecify.annotations.NullMarked;
