package dev.sandkeep.e2e.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;

/** The machine's clock, put forward or back by as many milliseconds as a file says that another process writes. */
public final class JumpingClock extends Clock {
    /** Where a server finds how far its clock is off. */
    public static final String PROPERTY = "chaos.clock";

    private static final Duration LOOK_EVERY = Duration.ofMillis(20);

    private final Clock real;
    private final Path file;
    private volatile long lookedAt = System.nanoTime() - LOOK_EVERY.toNanos();
    private volatile long millis;

    /** {@code real}, as far off as {@code file} says. */
    public JumpingClock(Clock real, Path file) {
        this.real = real;
        this.file = file;
    }

    /** How far off it is. */
    public Duration offset() {
        long now = System.nanoTime();
        if (now - lookedAt >= LOOK_EVERY.toNanos()) {
            lookedAt = now;
            millis = read();
        }
        return Duration.ofMillis(millis);
    }

    /** Lets all clocks that read the file be off by {@code more} than now. */
    public void jump(Duration more) {
        try {
            Path whole = file.resolveSibling(file.getFileName() + ".new");
            Files.writeString(whole, Long.toString(read() + more.toMillis()));
            Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long read() {
        try {
            return Long.parseLong(Files.readString(file));
        } catch (NoSuchFileException neverJumped) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Instant instant() {
        return real.instant().plus(offset());
    }

    @Override
    public ZoneId getZone() {
        return real.getZone();
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return new JumpingClock(real.withZone(zone), file);
    }
}
