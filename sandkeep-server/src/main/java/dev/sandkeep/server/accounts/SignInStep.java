package dev.sandkeep.server.accounts;

/** What showing a password led to. */
public sealed interface SignInStep permits SignedIn, CodeNeeded {}
