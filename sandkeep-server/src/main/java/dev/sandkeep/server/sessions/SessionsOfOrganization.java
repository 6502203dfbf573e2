package dev.sandkeep.server.sessions;

import dev.sandkeep.server.organizations.OrganizationPart;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.volumes.Volumes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sessions of a deleted organization: they are stopped at once, and deleted with everything that they kept when the organization
 * cannot be brought back any more.
 */
final class SessionsOfOrganization implements OrganizationPart {
    private static final Logger LOG = LoggerFactory.getLogger(SessionsOfOrganization.class);

    private final SandboxStore store;
    private final SandboxTransitions transitions;
    private final SandboxWork work;
    private final Volumes volumes;
    private final SessionSettings settings;
    private final DataDirectory data;

    SessionsOfOrganization(
            SandboxStore store,
            SandboxTransitions transitions,
            SandboxWork work,
            Volumes volumes,
            SessionSettings settings,
            DataDirectory data) {
        this.store = store;
        this.transitions = transitions;
        this.work = work;
        this.volumes = volumes;
        this.settings = settings;
        this.data = data;
    }

    @Override
    public void halt(String organizationId) {
        store.going(organizationId, data.installation()).forEach(this::stop);
    }

    private void stop(Sandbox row) {
        try {
            if (row.state() == SandboxState.RUNNING) {
                work.begin(transitions.stop(
                        Caller.system(row.organization()), row, StopReason.SYSTEM, settings.systemGrace()));
            } else {
                store.wishStop(row.id(), StopReason.SYSTEM, settings.systemGrace());
            }
        } catch (SandboxMoved moved) {
            // The next look sees where it went.
            LOG.debug("event=halted_sandbox_moved sandbox={}", row.id());
        }
    }

    @Override
    public void remove(String organizationId) {
        store.toDelete(organizationId, data.installation())
                .forEach(row -> transitions.wishDelete(Caller.system(organizationId), row, true));
        volumes.endGrace(organizationId);
    }

    @Override
    public boolean gone(String organizationId) {
        return !store.anyLeftOf(organizationId) && !volumes.anyLeftOf(organizationId);
    }
}
