package dev.sandkeep.server.organizations;

import java.util.Optional;

/**
 * An invitation that was made.
 *
 * @param token what to hand over, which nobody can read again; empty when the request was a repetition
 * @param url the same as a link for a browser
 * @param mailed whether the link was mailed to whom it is for
 */
public record CreatedInvitation(Invitation invitation, Optional<String> token, Optional<String> url, boolean mailed) {}
