/** Tenants, their settings and their people: members, invitations, service accounts, and the keys of all these. */
@NullMarked
package dev.sandkeep.server.organizations;

import org.jspecify.annotations.NullMarked;
