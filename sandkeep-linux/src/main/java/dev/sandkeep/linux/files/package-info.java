/** Small files that must be whole, directories that must be private, locks that two servers share, commands. */
@NullMarked
package dev.sandkeep.linux.files;

import org.jspecify.annotations.NullMarked;
