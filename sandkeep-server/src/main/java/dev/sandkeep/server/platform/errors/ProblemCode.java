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
    FORGED_REQUEST(
            403,
            "The request does not come from a page of this server.",
            "Reload the page and try again. Programs use an API key instead of the cookie of a browser."),
    SIGN_IN_FAILED(
            401,
            "E-mail address, password or code do not fit.",
            "Try again, or have a link made: sandkeep member reset-password MEMBER."),
    SIGN_IN_LIMITED(
            429,
            "There were too many wrong tries from here.",
            "Wait for retryAfterSeconds, or use a browser in which you have signed in before."),
    SIGN_IN_LINK_INVALID(
            404,
            "The link is unknown, used or expired.",
            "Ask for a new one: sandkeep server setup-link, or sandkeep member reset-password MEMBER."),
    OPENID_NOT_LINKED(
            403,
            "This account of the identity provider belongs to nobody here.",
            "Sign in with your password and link the account in Profile & security, or ask an owner or admin for an invitation."),
    SECOND_FACTOR_EXISTS(409, "There is a second factor already.", "Remove it first to set up another one."),
    SECOND_FACTOR_UNREADABLE(
            503,
            "The second factor cannot be checked: the key that it is encrypted with is not here.",
            "Sign in with a recovery code. The server needs the file second-factor-key of its data directory back, or the keys of"
                    + " sandkeep.accounts.second-factor-keys that the other servers have."),
    NO_SECOND_FACTOR(409, "There is no second factor.", "Set one up first."),
    EMAIL_TAKEN(409, "Somebody has this e-mail address.", "Take another address, or sign in as that person."),
    KEY_EXCEEDS_CALLER(
            403,
            "The new key would be worth more than the one that asks for it.",
            "Ask for fewer scopes or a shorter life, or use a key that has more of both."),
    INVITATION_INVALID(
            404,
            "The invitation is unknown, used, revoked or expired.",
            "Ask for a new one: sandkeep invitation create."),
    ALREADY_MEMBER(409, "The person is a member of the organization.", "Nothing is left to do."),
    MEMBER_NAME_TAKEN(409, "A member of this name exists.", "Take another name."),
    LAST_OWNER(409, "An organization keeps at least one owner.", "Make another member an owner first."),
    ORGANIZATION_STAYS(
            409,
            "The organization that operates the server cannot be deleted.",
            "Delete what is in it instead: its sessions, profiles and members."),
    ORGANIZATION_NOT_RESTORABLE(
            409,
            "The organization cannot be brought back any more.",
            "Its grace period is over, and what it kept is being removed. Make a new one: its name is free."),
    QUOTA_EXCEEDED(
            409,
            "A quota of the organization is used up.",
            "Give up what is not needed, or have the quota raised: sandkeep quota show says who set it."),
    PERSON_NEEDED(409, "A service account cannot do what only a person does.", "Use the key of a member."),
    SERVICE_ACCOUNT_NAME_TAKEN(409, "A service account of this name exists.", "Take another name."),
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
    PROFILE_VERSION_NOT_USABLE(
            409,
            "The profile version has no usable snapshot.",
            "Wait for its snapshot job, or look why it failed: sandkeep snapshot log JOB."),
    SNAPSHOT_JOB_ACTIVE(
            409,
            "A snapshot job of this version is queued or running.",
            "Wait for it, or cancel it; activeJobId names it."),
    SNAPSHOT_JOB_OVER(409, "The snapshot job is over.", "Nothing is left to cancel."),
    SESSION_NAME_TAKEN(409, "A session of this name exists.", "Take another name, or delete the existing session."),
    SESSION_DELETED(409, "The session is deleted, or being deleted.", "Start a new session."),
    SANDBOX_NOT_RUNNING(
            409,
            "The sandbox is not running.",
            "Look at it: sandkeep session show SESSION; a stopped persistent one can be resumed."),
    SANDBOX_NOT_PERSISTENT(
            409,
            "The sandbox is ephemeral and cannot be resumed.",
            "Start a new session; turn persistence on in the profile and in the organization's settings to keep files."),
    SANDBOX_BUSY(409, "Something else is being done with the sandbox.", "Repeat the request when it is done."),
    SANDBOX_NOT_STOPPED(
            409,
            "The sandbox is not stopped.",
            "Stop it first: sandkeep session stop SESSION; a failed one is brought back by a resume."),
    CHECKPOINT_RUNNING(
            409,
            "A checkpoint of the sandbox is being made.",
            "Repeat the request when it is done; that takes seconds."),
    SESSION_NOT_RESTORABLE(
            409,
            "The session cannot be brought back.",
            "Only a deleted persistent one can, within sandkeep.volumes.delete-grace; fork or import a copy if there is one."),
    NO_VOLUME_BACKEND(
            409,
            "There is no volume backend to keep persisted paths.",
            "Set sandkeep.volumes.backend to one, such as directory, and restart the server."),
    VOLUME_STREAM_UNUSABLE(
            422,
            "The stream is no complete export of a volume that fits.",
            "Export the volume again; check the key and the version's persisted paths."),
    IMAGE_MISSING(
            500,
            "The snapshot's image is gone from the host.",
            "Refresh the version's snapshot; restore the data directory to have it back."),
    ON_OTHER_MACHINE(
            409,
            "It lives in the data directory of another machine.",
            "Ask a server that works in that data directory; dataDirectory names it."),
    PROVIDER_FAULT(500, "The sandbox provider failed.", "Run sandkeep doctor, and look into the server's log."),
    STORAGE_FULL(
            507,
            "No room is left where sandboxes are stored.",
            "Free space in the file system of the data directory, then try again."),
    ORGANIZATION_DISALLOWS_PERSISTENCE(
            409,
            "The organization does not allow persistent sandboxes.",
            "Allow them: sandkeep settings set allowPersistentSandboxes=true; it holds for new sessions."),
    PROVIDER_WITHOUT_VOLUMES(
            0, "The sandbox provider cannot keep persisted paths.", "Use a provider that can, such as linux."),
    BASE_IMAGE_UNAVAILABLE(
            0, "The base image cannot be had.", "Check the release's name and the network, then refresh the snapshot."),
    PLAN_INVALID(0, "The version's plan cannot be applied.", "Mend the draft, and publish it."),
    COMPUTE_START_FAILED(
            0, "The sandbox provider could not start compute.", "Run sandkeep doctor, and look into the server's log."),
    PACKAGES_FAILED(
            0,
            "The packages of the plan cannot be installed.",
            "Check their names and the network; refresh the snapshot, or mend the draft and publish it."),
    REPOSITORY_CLONE_FAILED(0, "A repository could not be cloned.", "Check its address and the access to it."),
    SETUP_SCRIPT_FAILED(
            0,
            "The setup script failed.",
            "Read its last lines, mend the script in a draft, and publish it; or refresh when it was the network."),
    SETUP_SCRIPT_TIMEOUT(
            0,
            "The setup script took too long.",
            "Make it faster, or raise setupTimeoutSeconds in a draft and publish it."),
    CHECK_FAILED(0, "A check failed.", "Mend the setup script or the check in a draft, and publish it."),
    SECRET_FOUND(
            0,
            "Something that looks like a secret would be in the snapshot.",
            "Remove it in the setup script; or allow its path with a reason under allowedSecrets in the profile."),
    CAPTURE_FAILED(
            0, "The prepared file system could not be captured.", "Refresh the snapshot; look into the server's log."),
    JOB_LOST(
            0,
            "The server that worked on the job died, and the retries are used up.",
            "Look why the server died, then refresh the snapshot."),
    JOB_TIMEOUT(
            0,
            "The job was not done in time.",
            "Look at its log for what took long; sandkeep.snapshots.build-timeout sets the limit."),
    CANCELED(0, "The job was canceled.", "Refresh the snapshot to try again."),
    SNAPSHOT_IMAGE_MISSING(
            0,
            "The snapshot's image is gone.",
            "Refresh the version's snapshot; restore the data directory to resume."),
    GENERATION_FENCED(
            0, "A newer generation of the sandbox exists.", "Look at its events: sandkeep session events SESSION."),
    START_TIMEOUT(0, "The sandbox was not started in time.", "Look into the server's log; then try again."),
    STOP_TIMEOUT(
            0,
            "The sandbox was not stopped in time.",
            "Look into the server's log; a persistent sandbox can be resumed, its files are untouched."),
    COMPUTE_LOST(
            0,
            "The sandbox's compute is gone, and its state with it.",
            "Start a new session; persistent ones survive this."),
    VOLUME_MISSING(0, "The sandbox's volume is gone.", "Restore it from a backup of the data directory, then resume."),
    VOLUME_FOREIGN(0, "The volume belongs to another sandbox.", "Restore the right one from a backup, then resume."),
    VOLUME_MARKER_UNREADABLE(
            0, "The volume's marker cannot be read.", "Check the disk; restore the volume from a backup, then resume."),
    VOLUME_CHECKPOINT_MISSING(
            0, "A checkpoint of the volume is gone.", "Restore the volume from a backup, then resume."),
    VOLUME_CHECKPOINT_CHANGED(
            0, "A checkpoint of the volume is not as it was.", "Restore the volume from a backup, then resume."),
    VOLUME_OLDER_THAN_DURABLE_POINT(
            0,
            "The volume is older than what was promised to be durable.",
            "Restore the newest backup of the volume, then resume."),
    VOLUME_HEAD_MISSING(
            0, "The writable files of the volume are gone.", "Restore the volume from a backup, then resume."),
    VOLUME_IMPORT_INCOMPLETE(
            0,
            "The import of the sandbox's volume did not end.",
            "Delete the session and import the file again; the sandbox was never started."),
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
