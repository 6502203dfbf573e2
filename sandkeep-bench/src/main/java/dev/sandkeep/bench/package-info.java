/** The benchmark programs; everything is measured through the public API, beside the tool it is compared with. */
@NullMarked
package dev.sandkeep.bench;

import org.jspecify.annotations.NullMarked;
