package dev.sandkeep.server.organizations;

import java.util.Optional;

/**
 * An invitation that was made.
 *
 * @param token what to hand over, which nobody can read again; empty when the request was a repetition
 */
public record CreatedInvitation(Invitation invitation, Optional<String> token) {}
