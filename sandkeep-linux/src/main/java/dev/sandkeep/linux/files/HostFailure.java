package dev.sandkeep.linux.files;

import dev.sandkeep.linux.kernel.KernelException;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.ProviderException.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;

/** Gives what went wrong on the host the kind that a caller of a provider acts on. */
public final class HostFailure {
    private HostFailure() {}

    /** Something on the host. */
    public interface Action<T> {
        /** Does it. */
        T call() throws IOException;
    }

    /**
     * Does {@code action}.
     *
     * @throws ProviderException for what the host failed in; mistakes of this program pass as they are
     */
    public static <T> T translated(Action<T> action) {
        try {
            return action.call();
        } catch (KernelException e) {
            throw new ProviderException(kind(e), words(e), e);
        } catch (IOException | UncheckedIOException | IllegalStateException e) {
            throw new ProviderException(isFull(e) ? Kind.STORAGE_FULL : Kind.UNAVAILABLE, words(e), e);
        }
    }

    private static Kind kind(KernelException e) {
        if (e.storageFull()) {
            return Kind.STORAGE_FULL;
        }
        return e.passing() ? Kind.UNAVAILABLE : Kind.FAULT;
    }

    /** Whether a file system or a quota was full. The JDK says so only in words, which are the C library's. */
    public static boolean isFull(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            String words = words(cause).toLowerCase(Locale.ROOT);
            if (words.contains("no space left") || words.contains("quota exceeded")) {
                return true;
            }
        }
        return false;
    }

    /** What an exception says, or its name when it says nothing. */
    public static String words(Throwable e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }
}
