package dev.sandkeep.server.platform.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Sends traces by OTLP over HTTP, in batches, from a thread of its own; what cannot be sent is dropped. */
final class OtlpTraces implements Traces, AutoCloseable {
    private static final Duration DELAY = Duration.ofSeconds(2);
    private static final long CLOSE_SECONDS = 3;
    private static final String PARENT = "traceparent";
    private static final double PERCENT = 100;

    private final SdkTracerProvider provider;
    private final Tracer tracer;

    OtlpTraces(OtlpTarget target, int percent) {
        OtlpHttpSpanExporterBuilder exporter = OtlpHttpSpanExporter.builder()
                .setEndpoint(target.url("/v1/traces"))
                .setTimeout(OtlpTarget.TIMEOUT);
        target.headers().forEach(exporter::addHeader);
        AttributesBuilder resource = Attributes.builder();
        target.resource().forEach(resource::put);
        provider = SdkTracerProvider.builder()
                .setResource(Resource.create(resource.build()))
                .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(percent / PERCENT)))
                .addSpanProcessor(BatchSpanProcessor.builder(exporter.build())
                        .setScheduleDelay(DELAY)
                        .build())
                .build();
        tracer = provider.get("dev.sandkeep");
    }

    @Override
    public Span open(String name, Map<String, String> attributes) {
        AttributesBuilder all = Attributes.builder();
        attributes.forEach(all::put);
        return new Part(tracer.spanBuilder(name).setAllAttributes(all.build()).startSpan());
    }

    @Override
    public Span serve(String name, String parent) {
        Context context = W3CTraceContextPropagator.getInstance().extract(Context.root(), parent, OneHeader.GETTER);
        return new Part(tracer.spanBuilder(name)
                .setParent(context)
                .setSpanKind(SpanKind.SERVER)
                .startSpan());
    }

    @Override
    public Runnable carry(Runnable work) {
        return Context.current().wrap(work);
    }

    @Override
    public void close() {
        provider.shutdown().join(CLOSE_SECONDS, TimeUnit.SECONDS);
    }

    private static final class Part implements Span {
        private final io.opentelemetry.api.trace.Span span;
        private final Scope scope;

        @SuppressWarnings("MustBeClosedChecker") // it is closed with this part
        private Part(io.opentelemetry.api.trace.Span span) {
            this.span = span;
            this.scope = span.makeCurrent();
        }

        @Override
        public void rename(String name) {
            span.updateName(name);
        }

        @Override
        public void note(String attribute, String value) {
            span.setAttribute(AttributeKey.stringKey(attribute), value);
        }

        @Override
        public void failed(String code) {
            span.setStatus(StatusCode.ERROR, code);
        }

        @Override
        public void close() {
            scope.close();
            span.end();
        }
    }

    /** The carrier is the header's value itself. */
    private enum OneHeader implements TextMapGetter<String> {
        GETTER;

        @Override
        public Iterable<String> keys(String parent) {
            return List.of(PARENT);
        }

        @Override
        public @Nullable String get(@Nullable String parent, String key) {
            return PARENT.equals(key) ? parent : null;
        }
    }
}
