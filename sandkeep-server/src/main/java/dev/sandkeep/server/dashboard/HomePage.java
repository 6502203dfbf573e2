package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.organizations.Organizations;
import dev.sandkeep.server.organizations.SandboxSettings;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.sessions.SandboxState;
import dev.sandkeep.server.sessions.SessionDetails;
import dev.sandkeep.server.sessions.Sessions;
import dev.sandkeep.server.snapshots.ProfileStanding;
import dev.sandkeep.server.snapshots.ProfileStandings;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.servlet.View;

/** The first page: what needs somebody, what is in use, and for a new organization what to do first. */
@Controller
public final class HomePage {
    private static final int MOST = 8;

    private final Pages pages;
    private final Sessions sessions;
    private final Profiles profiles;
    private final ProfileStandings standings;
    private final Organizations organizations;
    private final DataDirectory data;

    HomePage(
            Pages pages,
            Sessions sessions,
            Profiles profiles,
            ProfileStandings standings,
            Organizations organizations,
            DataDirectory data) {
        this.pages = pages;
        this.sessions = sessions;
        this.profiles = profiles;
        this.standings = standings;
        this.organizations = organizations;
        this.data = data;
    }

    /**
     * What the page shows.
     *
     * @param failed sessions that failed, newest first
     * @param recent sessions, newest first
     * @param counts of sessions in each state
     * @param failing profiles whose snapshot is not what it should be
     * @param profile any profile, for somebody who begins; empty when there is none
     * @param disk that holds the data directory
     */
    public record Content(
            List<SessionDetails> failed,
            List<SessionDetails> recent,
            Map<SandboxState, Integer> counts,
            List<ProfileStanding> failing,
            Optional<ProfileStanding> profile,
            SandboxSettings settings,
            Disk disk) {
        /** How many sessions are in a state. */
        public int count(SandboxState state) {
            return counts.getOrDefault(state, 0);
        }

        /** How many sessions hold compute, or will in a moment. */
        public int active() {
            return count(SandboxState.RUNNING) + count(SandboxState.STARTING) + count(SandboxState.PENDING);
        }

        /** Whether this organization never had a session. */
        public boolean beginning() {
            return recent.isEmpty();
        }
    }

    @GetMapping("/")
    @Requires(Permission.ORGANIZATION_SEE)
    View home(Frame frame) {
        PageRequest few = new PageRequest(MOST, Optional.empty());
        Optional<ProfileStanding> profile = profiles.list(frame.caller(), Optional.empty(), 1).stream()
                .findFirst()
                .flatMap(it ->
                        standings.of(frame.caller(), List.of(it.id())).stream().findFirst());
        return pages.page(
                "home",
                frame,
                new Content(
                        sessions.list(frame.caller(), Optional.of(SandboxState.FAILED), Optional.empty(), few)
                                .items(),
                        sessions.list(frame.caller(), Optional.empty(), Optional.empty(), few)
                                .items(),
                        sessions.counts(frame.caller()),
                        standings.failing(frame.caller(), MOST),
                        profile,
                        organizations.sandboxSettings(frame.caller().organizationId()),
                        Disk.of(data.root())));
    }
}
