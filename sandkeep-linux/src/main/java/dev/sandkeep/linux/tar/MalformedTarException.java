package dev.sandkeep.linux.tar;

import java.io.IOException;

/** An archive cannot be read, or holds what must not be unpacked. The message is fit to show to the user. */
public final class MalformedTarException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedTarException(String message) {
        super(message);
    }
}
