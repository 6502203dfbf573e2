@NullMarked
package dev.sandkeep.server.dashboard.account;

import org.jspecify.annotations.NullMarked;
