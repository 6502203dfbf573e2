package dev.sandkeep.server.platform.telemetry;

import java.util.Map;

/** Tells how a piece of work came about, part by part. Costs nothing while nobody wants to know. */
public interface Traces {
    /** What is used when traces are sent nowhere. */
    Traces OFF = new Traces() {
        @Override
        public Span open(String name, Map<String, String> attributes) {
            return Span.NONE;
        }

        @Override
        public Span serve(String name, String parent) {
            return Span.NONE;
        }

        @Override
        public Runnable carry(Runnable work) {
            return work;
        }
    };

    /**
     * Begins a part of what this thread is at; parts that it begins before this one is closed belong to it.
     *
     * @param name few and fixed: what is about one thing is an attribute
     * @param attributes such as ids; no secrets, nothing that users wrote
     */
    Span open(String name, Map<String, String> attributes);

    /**
     * Begins to answer a request.
     *
     * @param parent the request's {@code traceparent}; empty when it has none
     */
    Span serve(String name, String parent);

    /** Work that belongs to what this thread is at now, on whatever thread it is done. */
    Runnable carry(Runnable work);

    /** A part. Close it on the thread that opened it. */
    interface Span extends AutoCloseable {
        /** One that nobody looks at. */
        Span NONE = new Span() {
            @Override
            public void rename(String name) {}

            @Override
            public void note(String attribute, String value) {}

            @Override
            public void failed(String code) {}

            @Override
            public void close() {}
        };

        /** Its name is known better now. */
        void rename(String name);

        /** Something about it. */
        void note(String attribute, String value);

        /** It did not do what it was to do, for a reason that has a code. */
        void failed(String code);

        @Override
        void close();
    }
}
