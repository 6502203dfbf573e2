/** Looks whether this machine can run sandboxes. Works without the server. */
@NullMarked
package dev.sandkeep.server.doctor;

import org.jspecify.annotations.NullMarked;
