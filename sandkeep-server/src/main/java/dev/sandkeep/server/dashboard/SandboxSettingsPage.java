package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.organizations.Organization;
import dev.sandkeep.server.organizations.Organizations;
import dev.sandkeep.server.organizations.Quotas;
import dev.sandkeep.server.organizations.SandboxSettings;
import dev.sandkeep.server.platform.config.ConfigurationKey;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.security.Credential;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.spi.HostCheck;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.servlet.View;

/** Settings → Organization → Sandboxes: what holds for all sandboxes, and where their work is stored. */
@Controller
public final class SandboxSettingsPage {
    private final Pages pages;
    private final Organizations organizations;
    private final SandkeepProperties properties;
    private final VolumePlace place;
    private final MachineChecks checks;
    private final Quotas quotas;

    SandboxSettingsPage(
            Pages pages,
            Organizations organizations,
            SandkeepProperties properties,
            VolumePlace place,
            MachineChecks checks,
            Quotas quotas) {
        this.quotas = quotas;
        this.pages = pages;
        this.organizations = organizations;
        this.properties = properties;
        this.place = place;
        this.checks = checks;
    }

    /**
     * One of the server's defaults and limits.
     *
     * @param name for people
     * @param value what it is set to
     * @param key where it is set
     * @param description what it means
     */
    public record Default(String name, String value, String key, String description) {
        static Default of(String name, String value, ConfigurationKey key) {
            return new Default(name, value, key.key(), key.description());
        }
    }

    /**
     * What the page shows.
     *
     * @param backend what stores persisted paths; empty when nothing does
     * @param disk where it stores them
     * @param checks what was found when it was looked at
     * @param deletable whether who looks at it may delete the organization
     * @param restorableFor how long a deletion can be undone
     */
    public record Content(
            Organization organization,
            SandboxSettings settings,
            Optional<String> backend,
            Disk disk,
            List<HostCheck> checks,
            List<Default> defaults,
            List<QuotaRow> quotas,
            boolean deletable,
            String restorableFor) {
        /** Why the switch cannot be turned on; empty when it can. */
        public Optional<SandboxSettings.Unavailable> unavailable() {
            return Optional.ofNullable(settings.persistentSandboxesUnavailable());
        }

        /** How the storage is, in one word: the worst of what was found. */
        public HostCheck.Result health() {
            return checks.stream()
                    .map(HostCheck::result)
                    .max(HostCheck.Result::compareTo)
                    .orElse(HostCheck.Result.OK);
        }
    }

    @GetMapping("/settings/sandboxes")
    @Requires(Permission.ORGANIZATION_SEE)
    View settings(Frame frame) {
        return pages.page(
                "settings/sandboxes",
                frame,
                new Content(
                        organizations.of(frame.caller()),
                        organizations.sandboxSettings(frame.caller().organizationId()),
                        Optional.of(properties.volumesBackend())
                                .filter(name -> !name.equals(SandkeepProperties.NO_BACKEND)),
                        Disk.of(place.path()),
                        checks.volumes(),
                        defaults(),
                        QuotaRow.of(quotas.of(frame.caller())),
                        frame.may(Permission.ORGANIZATION_DELETE)
                                && frame.caller()
                                        .credential()
                                        .filter(Credential::operatesServer)
                                        .isEmpty(),
                        Shown.length(properties.organizationDeleteGrace())));
    }

    private List<Default> defaults() {
        SandkeepProperties.SessionProperties sessions = properties.sessions();
        SandkeepProperties.VolumeProperties volumes = properties.volumes();
        return List.of(
                Default.of("Stop when idle", orNever(sessions.idleTimeout()), ConfigurationKey.SESSIONS_IDLE_TIMEOUT),
                Default.of(
                        "Longest life of one compute",
                        sessions.maxLifetime().isZero() ? "no limit" : Shown.length(sessions.maxLifetime()),
                        ConfigurationKey.SESSIONS_MAX_LIFETIME),
                Default.of(
                        "Checkpoint while running",
                        volumes.checkpointInterval().isZero()
                                ? "never"
                                : "every " + Shown.length(volumes.checkpointInterval()),
                        ConfigurationKey.VOLUMES_CHECKPOINT_INTERVAL),
                Default.of(
                        "Newest checkpoints kept",
                        Integer.toString(volumes.keepCheckpoints()),
                        ConfigurationKey.VOLUMES_KEEP_CHECKPOINTS),
                Default.of(
                        "Hourly checkpoints kept",
                        Integer.toString(volumes.keepHourly()),
                        ConfigurationKey.VOLUMES_KEEP_HOURLY),
                Default.of(
                        "Daily checkpoints kept",
                        Integer.toString(volumes.keepDaily()),
                        ConfigurationKey.VOLUMES_KEEP_DAILY),
                Default.of(
                        "Undo of a deletion",
                        Shown.length(volumes.deleteGrace()),
                        ConfigurationKey.VOLUMES_DELETE_GRACE),
                Default.of(
                        "Sandboxes that start at a time",
                        sessions.concurrentStarts() == 0
                                ? "four for each processor"
                                : Integer.toString(sessions.concurrentStarts()),
                        ConfigurationKey.SESSIONS_CONCURRENT_STARTS),
                Default.of(
                        "Snapshots kept of a version",
                        Integer.toString(properties.snapshots().keep()),
                        ConfigurationKey.SNAPSHOTS_KEEP));
    }

    private static String orNever(Duration length) {
        return length.isZero() ? "never" : "after " + Shown.length(length);
    }
}
