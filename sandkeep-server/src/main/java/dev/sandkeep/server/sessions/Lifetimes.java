package dev.sandkeep.server.sessions;

import dev.sandkeep.server.profiles.Specification;
import dev.sandkeep.spi.SandboxProvider;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** How long compute lives, and when it is looked after: what the profile says and what the installation says, together. */
final class Lifetimes {
    /** Use within this time before its end lets an expiring sandbox be replaced, where its profile does not decide. */
    static final Duration RECENT = Duration.ofHours(1);
    /** For the checkpoint and the stop, before the end of a lifetime. */
    private static final Duration LONGEST_MARGIN = Duration.ofMinutes(1);

    private static final int MARGIN_PARTS = 20;
    private static final int WARNING_PERCENT = 90;

    private final Policy policy;
    private final SandboxProvider provider;
    private final SandboxPlans plans;

    /**
     * What the installation says.
     *
     * @param maxLifetime of one compute; zero when there is no limit
     * @param idleTimeout of persistent sandboxes; zero is never
     * @param checkpointInterval zero is never
     */
    record Policy(Duration maxLifetime, Duration idleTimeout, Duration checkpointInterval) {}

    Lifetimes(Policy policy, SandboxProvider provider, SandboxPlans plans) {
        this.policy = policy;
        this.provider = provider;
        this.plans = plans;
    }

    /** For a compute of {@code row} that starts at {@code now}. */
    Schedule schedule(Sandbox row, Instant now) {
        return new Schedule(
                lifetime(row).map(now::plus), checkpointInterval(row).map(now::plus));
    }

    private Optional<Duration> lifetime(Sandbox row) {
        return Stream.of(
                        of(lifecycle(row).maxLifetimeSeconds()),
                        Optional.of(policy.maxLifetime()),
                        provider.capabilities().longestLife())
                .flatMap(Optional::stream)
                .filter(Duration::isPositive)
                .min(Duration::compareTo);
    }

    /** How often it is checkpointed while it runs; empty when it is not. */
    Optional<Duration> checkpointInterval(Sandbox row) {
        return Optional.of(of(lifecycle(row).checkpointIntervalSeconds()).orElse(policy.checkpointInterval()))
                .filter(interval -> row.persistent() && interval.isPositive());
    }

    /** After which time without use it is stopped; empty when it is not. Of ephemeral ones only if their profile says so. */
    Optional<Duration> idleTimeout(Sandbox row) {
        return of(lifecycle(row).idleTimeoutSeconds())
                .or(() -> row.persistent() ? Optional.of(policy.idleTimeout()) : Optional.empty())
                .filter(Duration::isPositive);
    }

    /** Whether an exec resumes it first. */
    boolean autoResume(Sandbox row) {
        return row.persistent() && lifecycle(row).autoResume();
    }

    /** Name of the process that is told of the expiry. */
    Optional<String> agentProcess(Sandbox row) {
        return Optional.ofNullable(plans.of(row).agent()).map(Specification.Agent::processName);
    }

    /** Whether it is time to tell it that it expires. */
    boolean warningDue(Sandbox row, Instant now) {
        return span(row)
                .map(span -> span.begin()
                        .plus(span.length().multipliedBy(WARNING_PERCENT).dividedBy(100)))
                .filter(at -> !now.isBefore(at))
                .isPresent();
    }

    /** Whether it is time to end it, so that it is over before it expires. */
    boolean endDue(Sandbox row, Instant now) {
        return span(row)
                .map(span -> span.begin().plus(span.length()).minus(margin(span.length())))
                .filter(at -> !now.isBefore(at))
                .isPresent();
    }

    private static Duration margin(Duration lifetime) {
        Duration part = lifetime.dividedBy(MARGIN_PARTS);
        return part.compareTo(LONGEST_MARGIN) < 0 ? part : LONGEST_MARGIN;
    }

    /** Whether another generation follows when it has expired. */
    boolean replaced(Sandbox row, Instant now) {
        if (!row.persistent()) {
            return false;
        }
        String onExpiry = lifecycle(row).onExpiry();
        return onExpiry == null
                ? row.upkeep()
                        .lastActivityAt()
                        .filter(at -> at.plus(RECENT).isAfter(now))
                        .isPresent()
                : onExpiry.equals("replace");
    }

    /** What the sandbox is told about its end: {@code replace}, {@code stop} or {@code replace_if_used}. */
    String onExpiry(Sandbox row) {
        String said = lifecycle(row).onExpiry();
        if (!row.persistent()) {
            return "stop";
        }
        return said == null ? "replace_if_used" : said;
    }

    private record Span(Instant begin, Duration length) {}

    /** Counted back from the end, which this server's clock set; the begin that a provider tells is by its own. */
    private Optional<Span> span(Sandbox row) {
        return row.upkeep().expiresAt().map(end -> {
            Duration length = lifetime(row).orElse(Duration.ZERO);
            return new Span(end.minus(length), length);
        });
    }

    private Specification.Lifecycle lifecycle(Sandbox row) {
        return plans.of(row).lifecycle();
    }

    private static Optional<Duration> of(@Nullable Integer seconds) {
        return seconds == null ? Optional.empty() : Optional.of(Duration.ofSeconds(seconds));
    }
}
