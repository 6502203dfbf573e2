package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.findings.Finding;
import dev.sandkeep.server.findings.FindingState;
import dev.sandkeep.server.findings.Findings;
import dev.sandkeep.server.platform.boot.RunningServer;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.database.Database;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.snapshots.SnapshotJobs;
import dev.sandkeep.spi.HostCheck;
import dev.sandkeep.spi.ProviderCapabilities;
import dev.sandkeep.spi.SandboxProvider;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;

/** What this server is and runs on, and what doctor's checks find. */
@Controller
public final class SystemPage {
    private static final int MOST_JOBS = 200;

    private final Pages pages;
    private final MachineChecks checks;
    private final SandboxProvider provider;
    private final SandkeepProperties properties;
    private final DataDirectory data;
    private final Database database;
    private final RunningServer server;
    private final Findings findings;
    private final SnapshotJobs jobs;

    SystemPage(
            Pages pages,
            MachineChecks checks,
            SandboxProvider provider,
            SandkeepProperties properties,
            DataDirectory data,
            Database database,
            RunningServer server,
            Findings findings,
            SnapshotJobs jobs) {
        this.pages = pages;
        this.checks = checks;
        this.provider = provider;
        this.properties = properties;
        this.data = data;
        this.database = database;
        this.server = server;
        this.findings = findings;
        this.jobs = jobs;
    }

    /**
     * What the page shows.
     *
     * @param checkedAt when the machine was examined; empty when it was not since the server started
     * @param checks what was found then
     * @param volumes name of the volume backend
     * @param open findings that wait for the server
     * @param needPerson findings that wait for somebody
     */
    public record Content(
            List<Tab> tabs,
            Optional<Instant> checkedAt,
            List<HostCheck> checks,
            String version,
            Instant startedAt,
            ProviderCapabilities provider,
            String volumes,
            String data,
            String installation,
            boolean databaseEmbedded,
            int jobs,
            long open,
            long needPerson) {
        /** How many checks ended so. */
        public long count(HostCheck.Result result) {
            return checks.stream().filter(it -> it.result() == result).count();
        }
    }

    @GetMapping(SystemTabs.OVERVIEW)
    @Requires(Permission.SERVER_OPERATE)
    View overview(Frame frame, @RequestParam(required = false) @Nullable String check) {
        Optional<MachineChecks.Answer> answer = check == null ? checks.newest() : Optional.of(checks.examine());
        List<Finding> unended = findings.open();
        long needPerson = unended.stream()
                .filter(it -> it.state() == FindingState.NEEDS_PERSON)
                .count();
        return pages.page(
                "system/overview",
                frame,
                new Content(
                        SystemTabs.at(SystemTabs.OVERVIEW),
                        answer.map(MachineChecks.Answer::at),
                        answer.map(MachineChecks.Answer::checks).orElse(List.of()),
                        Optional.ofNullable(SystemPage.class.getPackage().getImplementationVersion())
                                .orElse("development"),
                        server.startedAt(),
                        provider.capabilities(),
                        properties.volumesBackend(),
                        data.root().toString(),
                        data.installation(),
                        database.await().embedded(),
                        jobs.active(MOST_JOBS).size(),
                        unended.size() - needPerson,
                        needPerson));
    }
}
