package dev.sandkeep.server.platform.security;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The permission table: what can be done, which roles may do it, and which scope a key needs for it. Every operation of the API
 * names one with {@link Requires}. {@code docs/permissions.md} is made from these constants, and the API answers them.
 */
public enum Permission {
    ORGANIZATION_SEE(Role.MEMBER, Scope.READ, "See the organization, its settings, and who one is in it"),
    MEMBERS_SEE(Role.MEMBER, Scope.READ, "See the members of the organization and their roles"),
    PROFILES_SEE(Role.MEMBER, Scope.READ, "See profiles, drafts, versions, plans and schedules"),
    SNAPSHOTS_SEE(Role.MEMBER, Scope.READ, "See snapshots, their differences, and snapshot jobs with their logs"),
    SESSIONS_SEE(Role.MEMBER, Scope.READ, "See sessions and what became of them"),
    EVENTS_SEE(Role.MEMBER, Scope.READ, "See the events of the organization"),
    KEYS_SEE(Role.MEMBER, Scope.READ, "See one's own API keys, never their text"),
    ACCOUNT_SEE(Role.MEMBER, Scope.READ, "See one's own account: how one signs in, and where one has"),
    SERVER_SEE(Role.MEMBER, Scope.READ, "See what the server is and runs on"),

    SESSIONS_START(Role.MEMBER, Scope.SESSIONS, "Start sessions"),
    SESSIONS_USE(Role.MEMBER, Scope.SESSIONS, "Run commands in sessions; stop and resume them"),
    SESSIONS_DELETE(Role.MEMBER, Scope.SESSIONS, "Delete sessions with everything they kept"),

    PROFILES_EDIT(Role.MEMBER, Scope.PROFILES, "Create profiles, edit drafts, test setup scripts, set schedules"),
    PROFILES_PUBLISH(Role.MEMBER, Scope.PROFILES, "Publish versions of profiles"),
    PROFILES_DELETE(Role.MEMBER, Scope.PROFILES, "Delete profiles that have no sessions"),
    SNAPSHOTS_BUILD(Role.MEMBER, Scope.PROFILES, "Refresh snapshots, cancel snapshot jobs"),
    SNAPSHOTS_KEEP(Role.MEMBER, Scope.PROFILES, "Pin snapshots, let them go, roll back to them"),
    SNAPSHOTS_PRUNE(Role.ADMIN, Scope.PROFILES, "Remove snapshots that nothing needs"),

    KEYS_MANAGE(Role.MEMBER, Scope.ADMIN, "Create and revoke one's own API keys"),
    ACCOUNT_MANAGE(
            Role.MEMBER,
            Scope.ADMIN,
            "Change one's own password and second factor, end one's own sessions of browsers"),
    ORGANIZATION_LEAVE(Role.MEMBER, Scope.ADMIN, "Leave the organization; its last owner cannot"),
    SETTINGS_MANAGE(Role.ADMIN, Scope.ADMIN, "Change the organization's name and settings"),
    QUOTAS_MANAGE(Role.ADMIN, Scope.ADMIN, "Set the organization's own quotas"),
    MEMBERS_MANAGE(Role.ADMIN, Scope.ADMIN, "Invite and remove members and admins, change their roles"),
    OWNERS_MANAGE(Role.OWNER, Scope.ADMIN, "Invite, make, change and remove owners; revoke their keys"),
    ORGANIZATION_DELETE(Role.OWNER, Scope.ADMIN, "Delete the organization, unless it operates the server"),
    ORGANIZATION_RESTORE(
            Role.MEMBER,
            Scope.ADMIN,
            "Bring back deleted organizations that one owns; those who operate the server, every one"),
    KEYS_OF_OTHERS_SEE(Role.ADMIN, Scope.READ, "See the API keys of everybody, never their text"),
    KEYS_OF_OTHERS_REVOKE(Role.ADMIN, Scope.ADMIN, "Revoke the API keys of others"),
    SERVICE_ACCOUNTS_SEE(Role.ADMIN, Scope.READ, "See service accounts"),
    SERVICE_ACCOUNTS_MANAGE(Role.ADMIN, Scope.ADMIN, "Create and delete service accounts, and create their keys"),
    INVITATIONS_SEE(Role.ADMIN, Scope.READ, "See who was invited, never the invitation's text"),
    AUDIT_SEE(Role.ADMIN, Scope.READ, "See and export the audit log"),

    SIGN_IN_RESTORE(
            Role.OWNER,
            Scope.ADMIN,
            "Make links that set oneself up anew, and ones for members who are in several organizations",
            true),
    ORGANIZATIONS_CREATE(Role.ADMIN, Scope.ADMIN, "Create organizations", true),
    METRICS_SEE(
            Role.MEMBER,
            Scope.READ,
            "See the server's metrics: figures about all organizations together, and none of their names",
            true),
    SERVER_OPERATE(
            Role.ADMIN, Scope.ADMIN, "See and mend what belongs to the server, whatever organization it is of", true);

    private final Role lowestRole;
    private final Scope scope;
    private final String description;
    private final boolean ofTheServer;

    Permission(Role lowestRole, Scope scope, String description) {
        this(lowestRole, scope, description, false);
    }

    Permission(Role lowestRole, Scope scope, String description, boolean ofTheServer) {
        this.lowestRole = lowestRole;
        this.scope = scope;
        this.description = description;
        this.ofTheServer = ofTheServer;
    }

    /** As it is written everywhere: {@code sessions.start}. */
    public String text() {
        int verb = name().lastIndexOf('_');
        return (name().substring(0, verb) + "." + name().substring(verb + 1))
                .replace('_', '-')
                .toLowerCase(Locale.ROOT);
    }

    /** What may be done, for people. */
    public String description() {
        return description;
    }

    /** Who may, highest first. */
    public List<Role> roles() {
        return Arrays.stream(Role.values()).filter(this::allows).toList();
    }

    /** What a key needs. */
    public Scope scope() {
        return scope;
    }

    /** Whether it is about the server, and so only for the organization that operates it. */
    public boolean ofTheServer() {
        return ofTheServer;
    }

    /** Whether {@code role} may. */
    public boolean allows(Role role) {
        return role.atLeast(lowestRole);
    }

    /** Whether {@code held} is enough. */
    public boolean allows(Set<Scope> held) {
        return scope.isIn(held);
    }
}
