package dev.sandkeep.server.organizations;

/**
 * What a feature keeps for organizations, and how it goes with one that is deleted; implemented by whoever depends on organizations.
 * Everything here is repeated until it has worked, may run on several servers at once, and touches of computes, volumes and images
 * only what is in the server's own data directory.
 */
public interface OrganizationPart {

    /** Ends what runs. Nothing is lost that a stop or a cancellation would keep: the organization may be brought back. */
    void halt(String organizationId);

    /** Begins to remove everything that is kept. Nothing brings it back any more. */
    void remove(String organizationId);

    /** Whether nothing of it is left, in any data directory. */
    boolean gone(String organizationId);
}
