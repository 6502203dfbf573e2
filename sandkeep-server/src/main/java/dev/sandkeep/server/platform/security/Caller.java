package dev.sandkeep.server.platform.security;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import java.util.Optional;

/**
 * Who wants something. Everything that a caller can see or change belongs to its organization.
 *
 * @param organizationId whose things it works on
 * @param actor how the event log names it: the id of a member or service account, or {@link #SYSTEM}
 * @param credential what it showed; empty for the server itself, which asks nobody for permission and is given none
 * @param address where it called from; empty when it did not
 */
public record Caller(String organizationId, String actor, Optional<Credential> credential, String address) {
    /** The actor of what the server does by itself. */
    public static final String SYSTEM = "system";

    /** One that may do nothing through the API: for what the server does in somebody's name. */
    public Caller(String organizationId, String actor) {
        this(organizationId, actor, Optional.empty(), "");
    }

    /** The server itself, working on an organization's things. */
    public static Caller system(String organizationId) {
        return new Caller(organizationId, SYSTEM);
    }

    /** The same, calling from an address. */
    public Caller from(String where) {
        return new Caller(organizationId, actor, credential, where);
    }

    /** Whether it may. */
    public boolean may(Permission permission) {
        return credential.filter(shown -> shown.allows(permission)).isPresent();
    }

    /**
     * Ends the request unless it may.
     *
     * @throws SandkeepException {@link ProblemCode#FORBIDDEN}, which says whether role, scope or organization is in the way
     */
    public void require(Permission permission) {
        if (may(permission)) {
            return;
        }
        String wish = "'" + permission.text() + "'";
        Optional<Role> role = credential.map(Credential::role);
        if (permission.ofTheServer()
                && credential.filter(Credential::operatesServer).isEmpty()) {
            throw refused(
                    permission,
                    "Only the organization that operates the server may do " + wish + ".",
                    "Use a key of that organization's owner or admin: the first one stands in the file api-key of the data"
                            + " directory.");
        }
        if (role.isPresent() && permission.allows(role.get())) {
            throw refused(
                    permission,
                    "The API key lacks the scope '" + permission.scope().text() + "', which " + wish + " needs.",
                    "Use a key with that scope: sandkeep key create NAME --scope "
                            + permission.scope().text() + ".");
        }
        throw refused(
                permission,
                "The role '" + role.map(Role::text).orElse("none") + "' may not do " + wish + ".",
                "Ask one who may: "
                        + String.join(
                                " or ",
                                permission.roles().stream().map(Role::text).toList())
                        + "; docs/permissions.md has the whole table.");
    }

    private static SandkeepException refused(Permission permission, String detail, String nextStep) {
        return new SandkeepException(ProblemCode.FORBIDDEN, detail, nextStep).with("permission", permission.text());
    }
}
