/** Tests of volumes. */
@NullMarked
package dev.sandkeep.server.volumes;

import org.jspecify.annotations.NullMarked;
