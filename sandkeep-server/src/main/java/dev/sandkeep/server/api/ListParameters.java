package dev.sandkeep.server.api;

/** Texts that every list and every creating request share in the API's description. */
final class ListParameters {
    static final String LIMIT = "Most items on a page, 1 to 200; default 50";
    static final String CURSOR = "nextCursor of the page before";
    static final String IDEMPOTENCY_KEY =
            "A text of the client's choice; the same request with the same key within 24 hours is done once";
    static final String PROFILE = "Id or name of a profile";

    private ListParameters() {}
}
