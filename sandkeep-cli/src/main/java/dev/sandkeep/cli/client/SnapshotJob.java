package dev.sandkeep.cli.client;

import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * One attempt to build a snapshot, as the API shows it.
 *
 * @param json the whole document
 */
public record SnapshotJob(JsonNode json) {
    /** The job's id, {@code job_…}. */
    public String id() {
        return json.path("id").asString();
    }

    /** {@code queued}, {@code running}, {@code succeeded}, {@code failed}, {@code canceled} or {@code skipped}. */
    public String state() {
        return json.path("state").asString();
    }

    /** Whether the job has reached its end. */
    public boolean over() {
        return switch (state()) {
            case "succeeded", "failed", "canceled", "skipped" -> true;
            default -> false;
        };
    }

    /** Whether it made a snapshot. */
    public boolean succeeded() {
        return state().equals("succeeded");
    }

    /** Whether it built nothing because nothing had changed. */
    public boolean skipped() {
        return state().equals("skipped");
    }

    /** The profile's name and version, as {@code name@2}. */
    public String subject() {
        String name = json.path("profileName").asString();
        return json.path("version").isNumber()
                ? name + "@" + json.path("version").asString()
                : name + "'s draft";
    }

    /** Why it failed; empty unless it did. */
    public Optional<JsonNode> failure() {
        return json.path("failure").isObject() ? Optional.of(json.path("failure")) : Optional.empty();
    }
}
