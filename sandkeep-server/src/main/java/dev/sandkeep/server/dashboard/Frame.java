package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.organizations.Membership;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Credential;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Role;
import java.time.Instant;
import java.util.List;

/**
 * What every page of the dashboard shows around its content.
 *
 * @param caller who looks at it
 * @param organization its name
 * @param person who is signed in, by name
 * @param isPerson whether that is somebody with an account, and not a key
 * @param otherOrganizations that the person could switch to
 * @param csrfToken to be sent with every change
 * @param newestEvent the event up to which the page is true, by id; empty when nothing ever happened
 * @param now when the page was made
 */
public record Frame(
        Caller caller,
        String organization,
        String person,
        boolean isPerson,
        List<Membership> otherOrganizations,
        String csrfToken,
        String newestEvent,
        Instant now,
        Assets assets) {
    public Frame {
        otherOrganizations = List.copyOf(otherOrganizations);
    }

    /** Whether the person may. */
    public boolean may(Permission permission) {
        return caller.may(permission);
    }

    /** The person's role in the organization. */
    public String role() {
        return caller.credential().map(Credential::role).map(Role::text).orElse("");
    }

    /** The address of a file that pages load. */
    public String asset(String name) {
        return assets.address(name);
    }
}
