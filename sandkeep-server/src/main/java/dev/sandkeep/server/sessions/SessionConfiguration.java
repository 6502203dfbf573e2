package dev.sandkeep.server.sessions;

import dev.sandkeep.server.computes.ComputeClaims;
import dev.sandkeep.server.computes.ComputeLedger;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.organizations.Organizations;
import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.Signals;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.data.ServerInstance;
import dev.sandkeep.server.platform.jobs.RepeatableRequests;
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
    SandboxWork sandboxWork(
            SandboxProvider provider,
            Volumes volumes,
            ComputeLedger computes,
            SandboxPlans plans,
            SandboxTransitions transitions,
            SandboxLeases leases,
            StartSlots slots,
            SessionSettings settings,
            JsonMapper json,
            Clock clock) {
        Effects effects = new Effects(leases, settings, clock);
        PastGenerations past = new PastGenerations(provider, computes, volumes, transitions, effects, clock);
        SandboxDriver driver = new SandboxDriver(
                new StartSandbox(provider, volumes, past, plans, transitions, effects, json, clock),
                new StopSandbox(provider, volumes, transitions, effects, clock),
                new DeleteSandbox(provider, computes, volumes, transitions, effects, clock),
                transitions,
                computes,
                volumes,
                slots,
                clock);
        return new SandboxWork(driver, leases);
    }

    @Bean
    LostComputes lostComputes(SandboxProvider provider, SandboxTransitions transitions, SandboxWork work) {
        return new LostComputes(provider, transitions, work);
    }

    @Bean
    Sessions sessions(
            SessionStore sessions,
            SandboxStore sandboxes,
            SandboxTransitions transitions,
            SandboxWork work,
            SandboxLeases leases,
            StartSlots slots,
            LostComputes lost,
            SandboxPlans plans,
            Profiles profiles,
            Snapshots snapshots,
            Organizations organizations,
            SandboxProvider provider,
            RepeatableRequests requests,
            SessionSettings settings,
            DataDirectory data,
            Ids ids,
            Signals signals,
            Clock clock) {
        return new Sessions(
                sessions,
                sandboxes,
                transitions,
                work,
                leases,
                slots,
                lost,
                plans,
                profiles,
                snapshots,
                organizations,
                provider,
                requests,
                settings,
                data,
                ids,
                signals,
                clock);
    }

    @Bean
    SandboxSweep sandboxSweep(
            SandboxStore store,
            SandboxTransitions transitions,
            SandboxWork work,
            SandboxLeases leases,
            LostComputes lost,
            DataDirectory data) {
        return new SandboxSweep(store, transitions, work, leases, lost, data);
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
