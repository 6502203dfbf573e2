package dev.sandkeep.linux.tar;

import java.io.IOException;

/** An archive cannot be read, or holds what must not be unpacked. The message is fit to show to the user. */
public final class MalformedTarException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean cutOff;

    MalformedTarException(String message) {
        this(message, false);
    }

    private MalformedTarException(String message, boolean cutOff) {
        super(message);
        this.cutOff = cutOff;
    }

    /** The archive ends too early. */
    static MalformedTarException cutOff(String where) {
        return new MalformedTarException("the archive ends in the middle of " + where, true);
    }

    /** Whether the archive may have been whole once, and ends too early. */
    public boolean isCutOff() {
        return cutOff;
    }
}
