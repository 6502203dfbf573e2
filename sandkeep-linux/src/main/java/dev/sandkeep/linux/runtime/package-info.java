/** The OCI runtime under the provider: choosing one that works here, describing a container to it, running commands in it. */
@NullMarked
package dev.sandkeep.linux.runtime;

import org.jspecify.annotations.NullMarked;
