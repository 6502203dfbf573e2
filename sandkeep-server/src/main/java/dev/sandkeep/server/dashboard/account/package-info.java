/** The pages by which people come in and look after their own account. */
@NullMarked
package dev.sandkeep.server.dashboard.account;

import org.jspecify.annotations.NullMarked;
