/** The linux provider: runs sandboxes on this machine from overlay layers, namespaces and an OCI runtime. */
@NullMarked
package dev.sandkeep.linux;

import org.jspecify.annotations.NullMarked;
