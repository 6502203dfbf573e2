/**
 * Looks into images: what one changed, what it takes, how two differ, one file of one. Works on the layers as they lie on disk,
 * without mounting them, and takes everything in them for hostile: nothing here follows a link, reads anything but regular files,
 * or needs memory in proportion to what is in a directory.
 */
@NullMarked
package dev.sandkeep.linux.images;

import org.jspecify.annotations.NullMarked;
