package dev.sandkeep.spi;

import java.util.Map;

/** What became of {@link VolumeBackend#importVolume}. */
public sealed interface ImportOutcome {
    /**
     * The new volume is there, free, with one checkpoint.
     *
     * @param checkpoint the new volume's first
     * @param labels that the exporter gave
     * @param repeated whether it had been imported before; then the stream was not read, and the labels are those of the first time
     */
    record Imported(Checkpoint checkpoint, Map<String, String> labels, boolean repeated) implements ImportOutcome {
        public Imported {
            labels = Map.copyOf(labels);
        }
    }

    /** Another volume has its name; nothing was made. */
    record Conflict(String reason) implements ImportOutcome {}

    /**
     * The stream is not to be believed, or cannot be read; nothing was made.
     *
     * @param code what is wrong
     * @param reason one sentence for people
     */
    record Refused(Code code, String reason) implements ImportOutcome {}

    /** What can be wrong with a stream. */
    enum Code {
        /** It is something else. */
        NOT_AN_EXPORT,
        /** A newer version wrote it. */
        NEWER_FORMAT,
        /** It is encrypted with a key that this installation does not have; the reason names the key's id. */
        KEY_UNKNOWN,
        /** It ends too early. */
        CUT_OFF,
        /** It is not what was exported, or the key of that id is another one here. */
        CHANGED,
        /** It holds other paths than the volume is to keep. */
        OTHER_PATHS,
        /** It holds more than the volume may take. */
        TOO_LARGE
    }
}
