@NullMarked
package dev.sandkeep.server.accounts;

import org.jspecify.annotations.NullMarked;
