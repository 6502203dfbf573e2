package dev.sandkeep.server.platform.jobs;

import com.github.kagkarlsson.scheduler.serializer.Serializer;
import tools.jackson.databind.json.JsonMapper;

/** What work carries with it is stored as JSON: readable in the table, and independent of how classes change. */
final class JsonTaskContent implements Serializer {
    private final JsonMapper json;

    JsonTaskContent(JsonMapper json) {
        this.json = json;
    }

    @Override
    public byte[] serialize(Object data) {
        return json.writeValueAsBytes(data);
    }

    @Override
    public <T> T deserialize(Class<T> type, byte[] data) {
        return json.readValue(data, type);
    }
}
