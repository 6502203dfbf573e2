package dev.sandkeep.server.platform.providers;

import dev.sandkeep.server.platform.telemetry.Metric;
import dev.sandkeep.server.platform.telemetry.Metrics;
import dev.sandkeep.server.platform.telemetry.Traces;
import dev.sandkeep.spi.ProviderException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Stands before a provider or a volume backend, times every call and notes what came of it. */
final class MeteredCalls implements InvocationHandler {
    private final Object called;
    private final Metric metric;
    private final String traced;
    private final Metrics metrics;
    private final Traces traces;

    private MeteredCalls(Object called, Metric metric, String traced, Metrics metrics, Traces traces) {
        this.called = called;
        this.metric = metric;
        this.traced = traced;
        this.metrics = metrics;
        this.traces = traces;
    }

    /**
     * A view of {@code called} that times its calls.
     *
     * @param traced what the calls are called in traces, before the name of the method
     */
    static <T> T of(Class<T> type, T called, Metric metric, String traced, Metrics metrics, Traces traces) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                new MeteredCalls(called, metric, traced, metrics, traces)));
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
        if (method.getDeclaringClass() == Object.class || method.getName().equals("capabilities")) {
            return call(method, arguments);
        }
        long since = System.nanoTime();
        String outcome = "error";
        try (Traces.Span span = traces.open(traced + method.getName(), Map.of())) {
            try {
                Object answer = call(method, arguments);
                outcome = word(answer);
                span.note("outcome", outcome);
                return answer;
            } catch (ProviderException failure) {
                outcome = "error_" + failure.kind().name().toLowerCase(Locale.ROOT);
                span.failed(outcome);
                throw failure;
            } finally {
                metrics.tookSince(since, metric, method.getName(), outcome);
            }
        }
    }

    private @Nullable Object call(Method method, Object @Nullable [] arguments) throws Throwable {
        try {
            return method.invoke(called, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }

    /** Of the alternatives of an outcome, which one it is; everything else is an answer. */
    private static String word(@Nullable Object answer) {
        if (answer instanceof Enum<?> alternative) {
            return alternative.name().toLowerCase(Locale.ROOT);
        }
        if (answer instanceof Record outcome && outcome.getClass().isMemberClass()) {
            return outcome.getClass()
                    .getSimpleName()
                    .replaceAll("(?<=[a-z])(?=[A-Z])", "_")
                    .toLowerCase(Locale.ROOT);
        }
        return "answered";
    }
}
