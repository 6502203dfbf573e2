package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.doctor.Examination;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.spi.HostCheck;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Examines this machine as {@code sandkeep doctor} does, and keeps the answer: an examination may try a sandbox. */
@Component
class MachineChecks {
    private static final Duration FRESH = Duration.ofMinutes(1);

    private final Examination examination;
    private final Clock clock;
    private volatile @Nullable Answer machine;
    private volatile @Nullable Answer volumes;

    MachineChecks(SandkeepProperties properties, Clock clock) {
        examination = new Examination(properties);
        this.clock = clock;
    }

    /** What an examination found. */
    record Answer(Instant at, List<HostCheck> checks) {
        Answer {
            checks = List.copyOf(checks);
        }
    }

    /** The newest examination of the machine; empty when there was none since the server started. */
    Optional<Answer> newest() {
        return Optional.ofNullable(machine);
    }

    /** Examines the machine. Who asks while others wait for the answer gets theirs. */
    Answer examine() {
        Instant asked = clock.instant();
        synchronized (examination) {
            Answer known = machine;
            if (known != null && !known.at().isBefore(asked)) {
                return known;
            }
            List<HostCheck> checks = examination.checks();
            Answer found = new Answer(clock.instant(), checks);
            machine = found;
            return found;
        }
    }

    /** What the volume backend needs, looked at within the last minute. */
    List<HostCheck> volumes() {
        Answer known = volumes;
        if (known != null && known.at().plus(FRESH).isAfter(clock.instant())) {
            return known.checks();
        }
        Answer found = new Answer(clock.instant(), examination.volumeChecks());
        volumes = found;
        return found.checks();
    }
}
