package dev.sandkeep.server.testing;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;

/** A clock that tests move forward. It starts at the present and, unless {@linkplain #stopped stopped}, goes on like any. */
public final class SettableClock extends Clock {
    private final Clock base;
    private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);

    private SettableClock(Clock base) {
        this.base = base;
    }

    /** One that goes on by itself. */
    public static SettableClock running() {
        return new SettableClock(Clock.tick(Clock.systemUTC(), Duration.ofNanos(1000)));
    }

    /** One that only moves when told to. */
    public static SettableClock stopped(Instant at) {
        return new SettableClock(Clock.fixed(at, ZoneOffset.UTC));
    }

    /** Moves it. */
    public void advance(Duration by) {
        ahead.updateAndGet(sofar -> sofar.plus(by));
    }

    @Override
    public Instant instant() {
        return base.instant().plus(ahead.get());
    }

    @Override
    public ZoneId getZone() {
        return base.getZone();
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException("times are UTC");
    }
}
