package dev.sandkeep.server.sessions;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.spi.ProviderException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls to the provider and the volume backend on behalf of a sandbox: only while its lease is held, and again, with growing
 * pauses, while the other side cannot say what became of the call. Never inside a transaction.
 */
final class Effects {
    private static final Logger LOG = LoggerFactory.getLogger(Effects.class);

    private final SandboxLeases leases;
    private final SessionSettings settings;
    private final Clock clock;

    Effects(SandboxLeases leases, SessionSettings settings, Clock clock) {
        this.leases = leases;
        this.settings = settings;
        this.clock = clock;
    }

    /** The calls were repeated until the deadline, and none was answered. */
    static final class Unanswered extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final ProviderException last;

        private Unanswered(ProviderException last) {
            super(last.getMessage(), last);
            this.last = last;
        }

        /** What the last call ended with. */
        ProviderException last() {
            return last;
        }
    }

    /**
     * Something new is made: repeated until {@code deadline} while the other side does not answer, and not when it says that
     * it is at fault or full.
     */
    <T> T make(Sandbox row, Instant deadline, Supplier<T> call) throws InterruptedException {
        return repeat(row, deadline, call, failure -> failure.kind() == ProviderException.Kind.UNAVAILABLE);
    }

    /** Something is ended or kept: repeated until {@code deadline} whatever goes wrong, because giving up leaves more behind. */
    <T> T end(Sandbox row, Instant deadline, Supplier<T> call) throws InterruptedException {
        return repeat(row, deadline, call, failure -> true);
    }

    private <T> T repeat(Sandbox row, Instant deadline, Supplier<T> call, Predicate<ProviderException> again)
            throws InterruptedException {
        Duration pause = settings.firstBackoff();
        while (true) {
            leases.requireHeld(row);
            try {
                return call.get();
            } catch (ProviderException failure) {
                if (Thread.interrupted()) {
                    throw interrupted(failure);
                }
                if (!again.test(failure)) {
                    throw failure;
                }
                if (clock.instant().plus(pause).isAfter(deadline)) {
                    throw new Unanswered(failure);
                }
                LOG.warn(
                        "event=effect_repeated sandbox={} generation={} state={} kind={} cause={}",
                        row.id(),
                        row.generation(),
                        row.state().text(),
                        failure.kind(),
                        failure.getMessage());
            }
            Thread.sleep(pause);
            pause = pause.multipliedBy(2).compareTo(settings.lastBackoff()) < 0
                    ? pause.multipliedBy(2)
                    : settings.lastBackoff();
        }
    }

    private static InterruptedException interrupted(ProviderException cause) {
        InterruptedException interrupted = new InterruptedException("while calling the provider");
        interrupted.initCause(cause);
        return interrupted;
    }

    /** What a failed start or stop shows to the user. */
    static Failure failure(RuntimeException cause, ProblemCode otherwise, ProblemCode timeout) {
        return switch (cause) {
            case SandkeepException ours -> Failure.of(ours);
            case ProviderException provider -> Failure.of(provider, otherwise);
            case Unanswered unanswered ->
                unanswered.last().kind() == ProviderException.Kind.STORAGE_FULL
                        ? Failure.of(unanswered.last(), timeout)
                        : Failure.of(
                                timeout,
                                "It was tried until the time was up; the last answer was: " + cause.getMessage());
            default -> throw cause;
        };
    }
}
