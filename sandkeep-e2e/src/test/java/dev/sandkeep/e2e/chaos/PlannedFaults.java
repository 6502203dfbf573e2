package dev.sandkeep.e2e.chaos;

import dev.sandkeep.spi.ProviderException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Faults that one process plans for another, as files of a directory: {@code provider.start~LOSE_ANSWER} is met by the next call
 * that starts a compute, which removes the file. The system property {@code chaos.faults} names the directory.
 */
public final class PlannedFaults {
    /** Where a server finds what is planned for it. */
    public static final String PROPERTY = "chaos.faults";

    private static final Duration HANG = Duration.ofSeconds(4);
    private static final Set<String> QUIET = Set.of("close", "capabilities", "toString", "hashCode", "equals");

    private final Path directory;

    /** In that directory, which must exist. */
    public PlannedFaults(Path directory) {
        this.directory = directory;
    }

    /** What may go wrong with a call. */
    public enum Kind {
        /** Nothing is done, and the answer is that now is no good time. */
        FAIL_BEFORE,
        /** Nothing is done, because there is no room. */
        DISK_FULL,
        /** All is done, and the answer is a failure. */
        FAIL_AFTER,
        /** All is done, and the answer never comes. */
        LOSE_ANSWER,
        /** All is done twice. */
        ANSWER_TWICE,
        /** Nothing happens for some seconds, and then all is done. */
        HANG
    }

    /** Lets the next call at {@code point} go wrong. */
    public void plan(String point, Kind kind) {
        try {
            Files.write(directory.resolve(point + "~" + kind), new byte[0]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Takes back what has met no call; answers how many. */
    public int heal() {
        int left = 0;
        try (var files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                left += Files.deleteIfExists(file) ? 1 : 0;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return left;
    }

    /** Hands calls to {@code real}, but for those that go wrong. */
    static <T> T around(Class<T> type, String name, T real) {
        PlannedFaults faults = new PlannedFaults(Path.of(System.getProperty(PROPERTY)));
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> QUIET.contains(method.getName())
                        ? invoke(real, method, arguments)
                        : faults.call(name + "." + method.getName(), real, method, arguments)));
    }

    private @Nullable Object call(String point, Object real, Method method, Object @Nullable [] arguments)
            throws Throwable {
        Optional<Kind> met = meet(point);
        if (met.isEmpty()) {
            return invoke(real, method, arguments);
        }
        switch (met.get()) {
            case FAIL_BEFORE -> throw failure(ProviderException.Kind.UNAVAILABLE, point);
            case DISK_FULL -> throw failure(ProviderException.Kind.STORAGE_FULL, point);
            case HANG -> Thread.sleep(HANG);
            default -> {}
        }
        Object answer = invoke(real, method, arguments);
        return switch (met.get()) {
            case FAIL_AFTER -> throw failure(ProviderException.Kind.FAULT, point);
            case LOSE_ANSWER -> throw failure(ProviderException.Kind.UNAVAILABLE, point);
            case ANSWER_TWICE -> invoke(real, method, arguments);
            default -> answer;
        };
    }

    private Optional<Kind> meet(String point) throws IOException {
        for (Kind kind : Kind.values()) {
            if (Files.deleteIfExists(directory.resolve(point + "~" + kind))) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }

    private static ProviderException failure(ProviderException.Kind kind, String point) {
        return new ProviderException(kind, "planned at " + point);
    }

    private static @Nullable Object invoke(Object real, Method method, Object @Nullable [] arguments) throws Throwable {
        try {
            return method.invoke(real, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
