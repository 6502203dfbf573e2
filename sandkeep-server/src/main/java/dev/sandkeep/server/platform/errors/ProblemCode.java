package dev.sandkeep.server.platform.errors;

import java.util.Locale;

/**
 * Every code of a failure that a user can see. {@code docs/errors.md} is generated from these constants.
 *
 * <p>Codes with a status answer requests. Those with status 0 stand in resources: why a snapshot job, a sandbox or a feature
 * did not do what was asked.
 */
public enum ProblemCode {
    VALIDATION_FAILED(
            422,
            "The request holds mistakes.",
            "Mend the fields listed in errors and send it again; nothing was changed."),
    MALFORMED_JSON(400, "The body is not JSON.", "Send one JSON object, encoded in UTF-8."),
    BAD_REQUEST(400, "The request cannot be understood.", "Look the endpoint up in /api/v1/openapi.json."),
    REQUEST_TOO_LARGE(413, "The body is larger than the server takes.", "Send at most 4 MiB."),
    API_KEY_MISSING(
            401,
            "The request carries no API key.",
            "Send Authorization: Bearer <key>; the first key stands in the file api-key of the data directory."),
    API_KEY_INVALID(
            401,
            "The API key is not known, or no longer valid.",
            "Use a valid key; the first one stands in the file api-key of the data directory."),
    FORBIDDEN(403, "The API key may not do this.", "Use a key of a member whose role allows it."),
    NOT_FOUND(404, "There is no such thing.", "Check the id or name; list what exists first."),
    ENDPOINT_NOT_FOUND(404, "There is no such endpoint.", "See /api/v1/openapi.json for all endpoints."),
    METHOD_NOT_ALLOWED(405, "The endpoint does not take this method.", "See /api/v1/openapi.json for its methods."),
    NOT_ACCEPTABLE(406, "The endpoint cannot answer in the format asked for.", "Accept application/json."),
    UNSUPPORTED_MEDIA_TYPE(
            415, "The endpoint does not take a body of this type.", "Send Content-Type: application/json."),
    IDEMPOTENCY_KEY_REUSED(
            422,
            "The Idempotency-Key was used before with another request.",
            "Use a new key for a new request; repeat the first request unchanged to get its answer again."),
    PRECONDITION_FAILED(
            412,
            "Someone else changed it since it was read.",
            "Read it again, apply the change to what it is now, and send the new revision in If-Match."),
    PROFILE_NAME_TAKEN(409, "A profile of this name exists.", "Take another name, or change the existing profile."),
    PROFILE_IN_USE(409, "Sessions of this profile exist.", "Delete its sessions first."),
    NO_DRAFT(409, "The profile has no draft.", "Write one: PUT /profiles/{profile}/draft, or sandkeep profile edit."),
    SHUTTING_DOWN(503, "The server is shutting down.", "Repeat the request when the server is up again."),
    UNAVAILABLE(503, "Something that the server needs does not answer.", "Repeat the request in a moment."),
    INTERNAL_ERROR(
            500,
            "The server made a mistake.",
            "Repeat the request; if it fails again, look the incident id up in the server's log and report it.");

    private final int status;
    private final String sentence;
    private final String nextStep;

    ProblemCode(int status, String sentence, String nextStep) {
        this.status = status;
        this.sentence = sentence;
        this.nextStep = nextStep;
    }

    /** As users see it: {@code profile_in_use}. */
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** HTTP status; 0 for one that only stands in resources. */
    public int status() {
        return status;
    }

    /** What happened, in one sentence. */
    public String sentence() {
        return sentence;
    }

    /** What to do about it. */
    public String nextStep() {
        return nextStep;
    }

    /** Stable identifier of the kind of problem, for RFC 9457's {@code type}. */
    public String type() {
        return "urn:sandkeep:problem:" + code();
    }
}
