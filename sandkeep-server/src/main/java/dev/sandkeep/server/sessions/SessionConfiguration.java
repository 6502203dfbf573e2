package dev.sandkeep.server.sessions;

import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import dev.sandkeep.server.computes.ComputeClaims;
import dev.sandkeep.server.computes.ComputeLedger;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.findings.Findings;
import dev.sandkeep.server.organizations.Organizations;
import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.Signals;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.data.ServerInstance;
import dev.sandkeep.server.platform.jobs.RepeatableRequests;
import dev.sandkeep.server.platform.providers.PersistenceSupport;
import dev.sandkeep.server.platform.telemetry.Metrics;
import dev.sandkeep.server.platform.telemetry.Traces;
import dev.sandkeep.server.profiles.ProfileUse;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.snapshots.Snapshots;
import dev.sandkeep.server.volumes.Volumes;
import dev.sandkeep.spi.SandboxProvider;
import java.time.Clock;
import java.time.Duration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.json.JsonMapper;

/** Puts the parts of this package together. */
@Configuration(proxyBeanMethods = false)
class SessionConfiguration {
    private static final int STARTS_PER_PROCESSOR = 4;

    @Bean
    SessionSettings sessionSettings(SandkeepProperties properties) {
        SandkeepProperties.SessionProperties given = properties.sessions();
        int starts = given.concurrentStarts() > 0
                ? given.concurrentStarts()
                : STARTS_PER_PROCESSOR * Runtime.getRuntime().availableProcessors();
        return new SessionSettings(
                given.startTimeout(),
                given.stopTimeout(),
                Duration.ofSeconds(2),
                Duration.ofSeconds(10),
                properties.volumes().deleteGrace(),
                given.lease(),
                starts,
                Duration.ofMillis(50),
                Duration.ofSeconds(5));
    }

    @Bean
    SandboxLeases sandboxLeases(ServerInstance instance, SessionSettings settings, SandboxStore store, Clock clock) {
        return new SandboxLeases(instance.id(), settings.lease(), store, clock);
    }

    @Bean
    StartSlots startSlots(SessionSettings settings) {
        return new StartSlots(settings.concurrentStarts());
    }

    @Bean
    SandboxPlans sandboxPlans(Profiles profiles) {
        return new SandboxPlans(profiles);
    }

    @Bean
    SandboxTransitions sandboxTransitions(
            TransactionTemplate transactions,
            SandboxStore sandboxes,
            SessionStore sessions,
            ComputeLedger computes,
            Volumes volumes,
            EventLog events,
            Signals signals,
            SandboxLeases leases,
            SessionSettings settings,
            Clock clock) {
        return new SandboxTransitions(
                transactions, sandboxes, sessions, computes, volumes, events, signals, leases, settings, clock);
    }

    @Bean
    Lifetimes lifetimes(SandkeepProperties properties, SandboxProvider provider, SandboxPlans plans) {
        return new Lifetimes(
                new Lifetimes.Policy(
                        properties.sessions().maxLifetime(),
                        properties.sessions().idleTimeout(),
                        properties.volumes().checkpointInterval()),
                provider,
                plans);
    }

    @Bean
    SandboxMeter sandboxMeter(Metrics metrics, Traces traces) {
        return new SandboxMeter(metrics, traces);
    }

    @Bean
    SandboxWork sandboxWork(
            SandboxProvider provider,
            Volumes volumes,
            ComputeLedger computes,
            SandboxPlans plans,
            SandboxTransitions transitions,
            SandboxLeases leases,
            StartSlots slots,
            Lifetimes lifetimes,
            SessionSettings settings,
            SandboxMeter meter,
            JsonMapper json,
            Clock clock) {
        Effects effects = new Effects(leases, settings, clock);
        PastGenerations past = new PastGenerations(provider, computes, volumes, transitions, effects, clock);
        SandboxDriver driver = new SandboxDriver(
                new StartSandbox(provider, volumes, past, plans, lifetimes, transitions, effects, json, clock),
                new StopSandbox(provider, volumes, transitions, effects, clock),
                new DeleteSandbox(provider, computes, volumes, transitions, effects, settings.keepDeleted(), clock),
                new RollbackVolume(volumes, past, transitions, effects, clock),
                transitions,
                computes,
                volumes,
                slots,
                meter,
                clock);
        return new SandboxWork(driver, leases, meter);
    }

    @Bean
    LostComputes lostComputes(
            SandboxProvider provider,
            SandboxTransitions transitions,
            SandboxWork work,
            Volumes volumes,
            Findings findings,
            Clock clock) {
        return new LostComputes(provider, transitions, work, volumes, findings, clock);
    }

    @Bean
    Activity activity(SandboxStore store, Clock clock) {
        return new Activity(store, clock);
    }

    @Bean
    SandboxWaits sandboxWaits(SandboxStore store, Signals signals, Clock clock) {
        return new SandboxWaits(store, signals, clock);
    }

    @Bean
    SandboxChecks sandboxChecks(DataDirectory data) {
        return new SandboxChecks(data);
    }

    @Bean
    QuotaWatch quotaWatch(
            SandboxProvider provider,
            Volumes volumes,
            SandboxPlans plans,
            SandboxStore store,
            SandboxTransitions transitions,
            JsonMapper json) {
        return new QuotaWatch(provider, volumes, plans, store, transitions, json);
    }

    @Bean
    SessionStarts sessionStarts(
            SandboxTransitions transitions,
            SandboxLeases leases,
            StartSlots slots,
            SandboxPlans plans,
            SandboxChecks checks,
            Profiles profiles,
            Snapshots snapshots,
            Organizations organizations,
            PersistenceSupport persistence,
            SessionSettings settings,
            DataDirectory data,
            Ids ids,
            Clock clock) {
        return new SessionStarts(
                transitions,
                leases,
                slots,
                plans,
                checks,
                profiles,
                snapshots,
                organizations,
                persistence,
                settings,
                data,
                ids,
                clock);
    }

    @Bean
    Sessions sessions(
            SessionStore sessions,
            SandboxStore sandboxes,
            SandboxTransitions transitions,
            SandboxWork work,
            SandboxWaits waits,
            SandboxChecks checks,
            SessionStarts starts,
            LostComputes lost,
            Lifetimes lifetimes,
            Activity activity,
            QuotaWatch quotas,
            Volumes volumes,
            Profiles profiles,
            SandboxProvider provider,
            RepeatableRequests requests,
            SessionSettings settings,
            Clock clock) {
        return new Sessions(
                sessions,
                sandboxes,
                transitions,
                work,
                waits,
                checks,
                starts,
                lost,
                lifetimes,
                activity,
                quotas,
                volumes,
                profiles,
                provider,
                requests,
                settings,
                clock);
    }

    @Bean
    RunningCheckpoints runningCheckpoints(
            SandboxProvider provider,
            Volumes volumes,
            SandboxStore sandboxes,
            Lifetimes lifetimes,
            TransactionTemplate transactions,
            EventLog events,
            Signals signals,
            SandboxMeter meter,
            ServerInstance instance,
            Clock clock) {
        return new RunningCheckpoints(
                provider, volumes, sandboxes, lifetimes, transactions, events, signals, meter, instance.id(), clock);
    }

    @Bean
    SessionCheckpoints sessionCheckpoints(
            Sessions sessions,
            SandboxTransitions transitions,
            SandboxWork work,
            SandboxWaits waits,
            SandboxChecks checks,
            RunningCheckpoints running,
            Volumes volumes,
            RepeatableRequests requests) {
        return new SessionCheckpoints(sessions, transitions, work, waits, checks, running, volumes, requests);
    }

    @Bean
    SessionVolumes sessionVolumes(
            Sessions sessions,
            SessionCheckpoints checkpoints,
            SessionStarts starts,
            SandboxTransitions transitions,
            SandboxWork work,
            SandboxLeases leases,
            SandboxWaits waits,
            SandboxChecks checks,
            Volumes volumes,
            RepeatableRequests requests) {
        return new SessionVolumes(
                sessions, checkpoints, starts, transitions, work, leases, waits, checks, volumes, requests);
    }

    @Bean
    SandboxWatch sandboxWatch(
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
        return new SandboxWatch(
                store,
                transitions,
                work,
                lost,
                lifetimes,
                activity,
                quotas,
                checkpoints,
                provider,
                settings,
                json,
                data,
                clock);
    }

    /** Only servers of the data directory know the task, so only they run it, one at a time. */
    @Bean
    com.github.kagkarlsson.scheduler.task.Task<Void> sandboxWatchTask(
            SandboxWatch watch, DataDirectory data, SandkeepProperties properties) {
        return Tasks.recurring(
                        "sandbox-watch-" + data.installation(),
                        FixedDelay.of(properties.sessions().watchInterval()))
                .execute((instance, context) -> {
                    try {
                        watch.run();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
    }

    @Bean
    SandboxSweep sandboxSweep(
            SandboxStore store,
            SandboxTransitions transitions,
            SandboxWork work,
            SandboxLeases leases,
            LostComputes lost,
            Volumes volumes,
            Findings findings,
            SandboxMeter meter,
            DataDirectory data) {
        return new SandboxSweep(store, transitions, work, leases, lost, volumes, findings, meter, data);
    }

    @Bean
    SessionsOfOrganization sessionsOfOrganization(
            SandboxStore store,
            SandboxTransitions transitions,
            SandboxWork work,
            Volumes volumes,
            SessionSettings settings,
            DataDirectory data) {
        return new SessionsOfOrganization(store, transitions, work, volumes, settings, data);
    }

    @Bean
    ComputeClaims sandboxClaims(SandboxStore store) {
        return new SandboxClaims(store);
    }

    /** A profile stays as long as there are sessions of it. */
    @Bean
    ProfileUse sessionsOfProfile(SessionStore sessions) {
        return new ProfileUse() {
            @Override
            public int uses(String profileId) {
                return sessions.countOf(profileId);
            }

            @Override
            public String what() {
                return "sessions";
            }
        };
    }
}
