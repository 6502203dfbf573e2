package dev.sandkeep.cli.client;

import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * A user's piece of work and its sandbox, as the API shows them.
 *
 * @param json the whole document
 */
public record Session(JsonNode json) {
    /** The session's id, {@code ses_…}. */
    public String id() {
        return json.path("id").asString();
    }

    /** The session's name; its id when it has none. */
    public String name() {
        return json.path("name").asString(id());
    }

    /** The sandbox's document. */
    public JsonNode sandbox() {
        return json.path("sandbox");
    }

    /** The sandbox's id, {@code sbx_…}. */
    public String sandboxId() {
        return sandbox().path("id").asString();
    }

    /** {@code ephemeral} or {@code persistent}. */
    public String mode() {
        return sandbox().path("mode").asString();
    }

    /** {@code pending}, {@code starting}, {@code running}, {@code stopping}, {@code stopped} or {@code failed}. */
    public String state() {
        return sandbox().path("state").asString();
    }

    /** Which compute this is: 1 for the first. */
    public int generation() {
        return sandbox().path("generation").asInt();
    }

    /** Why it stopped; empty while it runs. */
    public String stopReason() {
        return switch (state()) {
            case "pending", "starting", "running" -> "";
            default -> sandbox().path("stopReason").asString("");
        };
    }

    /** Whether it is on its way to a state in which it will stay. */
    public boolean changing() {
        return switch (state()) {
            case "pending", "starting", "stopping" -> true;
            default -> false;
        };
    }

    /** Why the sandbox is ephemeral although its profile asks for persistence; empty when it is not so. */
    public Optional<JsonNode> persistenceFallback() {
        return object("persistenceFallback");
    }

    /** Why the sandbox failed; empty unless it did. */
    public Optional<JsonNode> failure() {
        return object("failure");
    }

    /** A failure or fallback in one line. */
    public static String describe(JsonNode reason) {
        return reason.path("message").asString("") + " (" + reason.path("code").asString("") + ")";
    }

    /** The profile's name and version, as {@code name@2}. */
    public String subject() {
        return json.path("profileName").asString() + "@" + json.path("version").asString();
    }

    private Optional<JsonNode> object(String field) {
        return sandbox().path(field).isObject() ? Optional.of(sandbox().path(field)) : Optional.empty();
    }
}
