/** The contract as tests: every implementation of the provider interfaces extends and passes them. */
@NullMarked
package dev.sandkeep.spi.contract;

import org.jspecify.annotations.NullMarked;
