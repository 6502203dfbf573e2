/** The control plane, by feature; this package only starts it. */
@NullMarked
package dev.sandkeep.server;

import org.jspecify.annotations.NullMarked;
