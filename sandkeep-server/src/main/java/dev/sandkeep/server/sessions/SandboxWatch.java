package dev.sandkeep.server.sessions;

import dev.sandkeep.server.platform.InParallel;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.spi.ExecOutcome;
import dev.sandkeep.spi.ExecProcess;
import dev.sandkeep.spi.ExecSpec;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Looks after sandboxes that run: whose compute is gone, whose time is over or nearly over, that nobody uses, that fill up, that
 * are due for a checkpoint. One server at a time does so, every few seconds. What cannot be asked is never taken for gone.
 */
public final class SandboxWatch {
    /** Name of the file under {@code /run/sandkeep} that tells of the expiry. */
    static final String EXPIRY_FILE = "expiry.json";

    private static final Logger LOG = LoggerFactory.getLogger(SandboxWatch.class);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration SIGNAL_PATIENCE = Duration.ofSeconds(5);
    /** Only sh is sure to be there. */
    private static final String SIGNAL_AGENT = """
            for comm in /proc/[0-9]*/comm; do
              if read -r name < "$comm" && [ "$name" = "$1" ]; then
                pid=${comm#/proc/}; kill -USR1 "${pid%/comm}"
              fi
            done 2> /dev/null
            """;

    private final SandboxStore store;
    private final SandboxTransitions transitions;
    private final SandboxWork work;
    private final LostComputes lost;
    private final Lifetimes lifetimes;
    private final Activity activity;
    private final QuotaWatch quotas;
    private final RunningCheckpoints checkpoints;
    private final SandboxProvider provider;
    private final SessionSettings settings;
    private final JsonMapper json;
    private final DataDirectory data;
    private final Clock clock;

    SandboxWatch(
            SandboxStore store,
            SandboxTransitions transitions,
            SandboxWork work,
            LostComputes lost,
            Lifetimes lifetimes,
            Activity activity,
            QuotaWatch quotas,
            RunningCheckpoints checkpoints,
            SandboxProvider provider,
            SessionSettings settings,
            JsonMapper json,
            DataDirectory data,
            Clock clock) {
        this.store = store;
        this.transitions = transitions;
        this.work = work;
        this.lost = lost;
        this.lifetimes = lifetimes;
        this.activity = activity;
        this.quotas = quotas;
        this.checkpoints = checkpoints;
        this.provider = provider;
        this.settings = settings;
        this.json = json;
        this.data = data;
        this.clock = clock;
    }

    /** Looks once at everything that runs. */
    public void run() throws InterruptedException {
        activity.flush();
        List<Sandbox> running = store.running(data.installation());
        quotas.keepOnly(running.stream().map(Sandbox::id).collect(Collectors.toSet()));
        InParallel.forEach("watch", running, PATIENCE, this::look);
    }

    private void look(Sandbox row) {
        try {
            if (lost.look(row).isPresent()) {
                return;
            }
            warn(row);
            if (ended(row)) {
                return;
            }
            quotas.look(row);
            if (row.upkeep()
                    .checkpointDueAt()
                    .filter(at -> !clock.instant().isBefore(at))
                    .isPresent()) {
                checkpoints.makeDue(row);
            }
        } catch (SandboxMoved moved) {
            LOG.debug("event=watched_sandbox_moved sandbox={}", row.id());
        } catch (ProviderException later) {
            LOG.warn("event=watch_failed sandbox={} cause=\"{}\"", row.id(), later.getMessage());
        }
    }

    private boolean ended(Sandbox row) {
        Instant now = clock.instant();
        if (lifetimes.endDue(row, now)) {
            boolean replace = lifetimes.replaced(row, now)
                    || (lifetimes.onExpiry(row).equals("replace_if_used")
                            && activity.unwritten(row.id()).isPresent());
            work.begin(transitions.expire(row, replace));
            LOG.info("event=sandbox_expired sandbox={} generation={} replace={}", row.id(), row.generation(), replace);
            return true;
        }
        if (idle(row, now)) {
            work.begin(
                    transitions.stop(Caller.system(row.organization()), row, StopReason.IDLE, settings.systemGrace()));
            LOG.info("event=sandbox_idle sandbox={} generation={}", row.id(), row.generation());
            return true;
        }
        return false;
    }

    private boolean idle(Sandbox row, Instant now) {
        Optional<Duration> timeout = lifetimes.idleTimeout(row);
        if (timeout.isEmpty() || activity.unwritten(row.id()).isPresent()) {
            return false;
        }
        Instant since = row.upkeep().lastActivityAt().or(row::startedAt).orElse(now);
        return !now.isBefore(since.plus(timeout.get()));
    }

    /** Told first and noted then: a note without the telling would be worse than telling twice. */
    private void warn(Sandbox row) {
        if (row.upkeep().expiryWarnedAt().isPresent() || !lifetimes.warningDue(row, clock.instant())) {
            return;
        }
        try {
            tell(row, row.upkeep().expiresAt().orElseThrow());
        } catch (ProviderException later) {
            // That it cannot be told is no reason to let it live longer.
            LOG.warn("event=expiry_not_told sandbox={} cause=\"{}\"", row.id(), later.getMessage());
        }
    }

    private void tell(Sandbox row, Instant expiresAt) {
        Map<String, Object> told = new HashMap<>();
        told.put("expiresAt", expiresAt);
        told.put("generation", row.generation());
        told.put("then", lifetimes.onExpiry(row));
        provider.putRunFile(row.compute(), EXPIRY_FILE, json.writeValueAsString(told));
        if (row.upkeep().quotaFrozenAt().isPresent()) {
            // Nothing runs in it that could be told, and a signal would wait for that for longer than it may live.
            return;
        }
        lifetimes.agentProcess(row).ifPresent(name -> signalAgent(row, name));
        transitions.note(
                row,
                () -> store.warned(row),
                Caller.system(row.organization()),
                "expiry_warned",
                Optional.empty(),
                "compute of generation " + row.generation() + " expires at " + expiresAt);
    }

    private void signalAgent(Sandbox row, String name) {
        ExecOutcome outcome = provider.exec(
                row.compute(), new ExecSpec(List.of("sh", "-c", SIGNAL_AGENT, "sandkeep-signal", name), Map.of(), "/"));
        if (outcome instanceof ExecOutcome.Executing executing) {
            try (ExecProcess process = executing.process()) {
                process.waitFor(SIGNAL_PATIENCE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
