package dev.sandkeep.server.platform.web;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.json.SelfChecking;
import dev.sandkeep.server.platform.json.StrictJson;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpInputMessage;
import org.springframework.http.HttpOutputMessage;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageConverter;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;

/** Reads the bodies of requests into our records, strictly: see {@link StrictJson}. Answers are written by others. */
public final class StrictJsonConverter implements HttpMessageConverter<Object> {
    private static final int LARGEST_BODY = 4 << 20;

    private final ObjectReader reader;

    public StrictJsonConverter(JsonMapper json) {
        this.reader = json.readerFor(JsonNode.class)
                .with(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    }

    @Override
    public boolean canRead(Class<?> type, @Nullable MediaType mediaType) {
        return ((type.isRecord() && type.getName().startsWith("dev.sandkeep.")) || type == JsonNode.class)
                && (mediaType == null || mediaType.isCompatibleWith(MediaType.APPLICATION_JSON));
    }

    @Override
    public boolean canWrite(Class<?> type, @Nullable MediaType mediaType) {
        return false;
    }

    @Override
    public List<MediaType> getSupportedMediaTypes() {
        return List.of(MediaType.APPLICATION_JSON);
    }

    @Override
    public Object read(Class<? extends Object> type, HttpInputMessage message) throws IOException {
        JsonNode body = parse(message.getBody());
        if (type == JsonNode.class) {
            return body;
        }
        ValidationErrors errors = new ValidationErrors();
        Object bound = StrictJson.bind(body, type.asSubclass(Record.class), errors);
        if (bound instanceof SelfChecking checking) {
            checking.check("", errors);
        }
        errors.throwIfAny();
        return java.util.Objects.requireNonNull(bound);
    }

    @Override
    public void write(Object value, @Nullable MediaType mediaType, HttpOutputMessage message) {
        throw new UnsupportedOperationException("reads only");
    }

    private JsonNode parse(InputStream body) throws IOException {
        byte[] bytes = body.readNBytes(LARGEST_BODY + 1);
        if (bytes.length > LARGEST_BODY) {
            throw new SandkeepException(ProblemCode.REQUEST_TOO_LARGE, "The body has more than 4 MiB.");
        }
        try {
            return reader.readValue(bytes);
        } catch (JacksonException e) {
            String place = e.getLocation() == null
                    ? ""
                    : " (line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr() + ")";
            throw new SandkeepException(
                            ProblemCode.MALFORMED_JSON,
                            "The body is not valid JSON: " + e.getOriginalMessage() + place + ".")
                    .causedBy(e);
        }
    }
}
