package dev.sandkeep.server.platform.telemetry;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;

/** Shows the server's own process: Micrometer's binders, under the names that every Java service has. */
final class ProcessMetrics {
    private static final double MILLIS = 1000;

    private ProcessMetrics() {}

    static void bind(MeterRegistry registry, Metrics metrics) {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        // Not Micrometer's: those come and go with the collections that were seen, and keep a listener.
        for (GarbageCollectorMXBean gc : ManagementFactory.getGarbageCollectorMXBeans()) {
            metrics.show(Metric.JVM_COLLECTIONS, gc::getCollectionCount, gc.getName());
            metrics.show(Metric.JVM_COLLECTION_TIME, () -> gc.getCollectionTime() / MILLIS, gc.getName());
        }
    }
}
