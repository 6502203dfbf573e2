/** Tenants and their settings. */
@NullMarked
package dev.sandkeep.server.organizations;

import org.jspecify.annotations.NullMarked;
