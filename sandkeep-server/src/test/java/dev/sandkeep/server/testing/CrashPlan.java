package dev.sandkeep.server.testing;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Lets a worker die right before or right after a call to the provider or the volume backend, as when the server is killed
 * there: an error that nobody handles ends the thread, and nothing that it would have done follows.
 *
 * <p>Safe for concurrent use.
 */
public final class CrashPlan {
    private Optional<Planned> next = Optional.empty();
    private final Map<String, Integer> calls = new HashMap<>();

    /** On which side of a call. */
    public enum When {
        BEFORE,
        AFTER
    }

    /** @param call which one; empty for every one */
    private record Planned(String point, OptionalInt call, When when) {
        boolean due(String called, int number) {
            return point.equals(called) && (call.isEmpty() || call.getAsInt() == number);
        }
    }

    /** What ends the thread. */
    public static final class Crash extends Error {
        private static final long serialVersionUID = 1L;

        Crash(String where) {
            super("planned crash " + where, null, false, false);
        }
    }

    /** Plans a crash at the next call of {@code point}, for example {@code provider.start}. */
    public synchronized void onNext(String point, When when) {
        next = Optional.of(new Planned(point, OptionalInt.of(calls.getOrDefault(point, 0) + 1), when));
    }

    /** Plans a crash at every call of {@code point} until {@link #clear}. */
    public synchronized void onEvery(String point, When when) {
        next = Optional.of(new Planned(point, OptionalInt.empty(), when));
    }

    /** Whether the planned crash is still to come. */
    public synchronized boolean pending() {
        return next.isPresent();
    }

    /** No crash is planned any more. */
    public synchronized void clear() {
        next = Optional.empty();
    }

    private synchronized Optional<When> passing(String point) {
        int call = calls.merge(point, 1, Integer::sum);
        Optional<Planned> due = next.filter(it -> it.due(point, call));
        if (due.isPresent() && due.get().call().isPresent()) {
            next = Optional.empty();
        }
        return due.map(Planned::when);
    }

    /** Something whose calls may crash their caller. */
    <T> T around(Class<T> type, String prefix, T real) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    String point = prefix + "." + method.getName();
                    Optional<When> due = passing(point);
                    if (due.equals(Optional.of(When.BEFORE))) {
                        throw new Crash("before " + point);
                    }
                    Object answer;
                    try {
                        answer = method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                    if (due.isPresent()) {
                        throw new Crash("after " + point);
                    }
                    return answer;
                }));
    }
}
