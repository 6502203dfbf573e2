package dev.sandkeep.linux.volumes;

import dev.sandkeep.spi.ImportOutcome;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an export says besides its files: {@value #HEAD} before them, {@value #END} after them.
 *
 * <pre>
 *  sandkeep-export.json            what it is
 *  layers/&lt;index&gt;/&lt;layer&gt;/…        the layers of each path, in the order of the paths, layer 0 on top
 *  sandkeep-end.json               SHA-256 of all bytes before, so that a stream that was cut off is not taken for whole
 * </pre>
 */
final class ExportNotes {
    static final String HEAD = "sandkeep-export.json";
    static final String END = "sandkeep-end.json";
    static final String TREES = "layers";
    static final int FORMAT = 1;

    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private ExportNotes() {}

    /**
     * What an export is.
     *
     * @param format of the whole stream; {@value #FORMAT} here
     * @param volume where it comes from
     * @param sandbox that the volume belonged to
     * @param checkpoint whose content it is
     * @param at when that became durable
     * @param places the paths
     * @param layers how many there are of each path
     * @param labels the exporter's own
     */
    record Head(
            int format,
            String volume,
            String sandbox,
            String checkpoint,
            String at,
            List<String> places,
            List<Integer> layers,
            Map<String, String> labels) {
        Head {
            places = List.copyOf(places);
            layers = List.copyOf(layers);
            labels = Map.copyOf(labels);
        }
    }

    /** @param sha256 of everything before, in hex */
    record End(String sha256) {}

    static byte[] bytes(Object note) {
        return JSON.writeValueAsBytes(note);
    }

    static <T> T read(byte[] content, Class<T> type) throws SealedStream.RefusedException {
        try {
            return JSON.readValue(content, type);
        } catch (JacksonException | NullPointerException e) {
            SealedStream.RefusedException refused = new SealedStream.RefusedException(
                    ImportOutcome.Code.CHANGED, "what the stream says of itself cannot be read");
            refused.addSuppressed(e);
            throw refused;
        }
    }
}
