/**
 * Tar archives, read and unpacked by us rather than by a library, because names and extended attributes in them are bytes: what
 * decodes them as text loses file names that are no UTF-8 and every binary attribute.
 */
@NullMarked
package dev.sandkeep.linux.tar;

import org.jspecify.annotations.NullMarked;
