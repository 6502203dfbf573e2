package dev.sandkeep.server.organizations;

/** An invitation that can be accepted, and what it is to. */
public record OpenInvitation(Invitation invitation, Organization organization) {}
