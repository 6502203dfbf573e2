package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.events.Event;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.profiles.Profile;
import dev.sandkeep.server.profiles.ProfileVersions;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.profiles.Specification;
import dev.sandkeep.server.sessions.SandboxMode;
import dev.sandkeep.server.sessions.SandboxState;
import dev.sandkeep.server.sessions.SessionCheckpoints;
import dev.sandkeep.server.sessions.SessionDetails;
import dev.sandkeep.server.sessions.Sessions;
import dev.sandkeep.server.snapshots.ProfileStanding;
import dev.sandkeep.server.snapshots.ProfileStandings;
import dev.sandkeep.server.volumes.KeptCheckpoint;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;
import org.springframework.web.util.UriComponentsBuilder;

/** Sessions: all of them with the dialog that starts one, and one with its commands, events and checkpoints. */
@Controller
public final class SessionPages {
    private static final int MOST_EVENTS = 50;
    private static final int MOST_PROFILES = 1000;

    private final Pages pages;
    private final Sessions sessions;
    private final SessionCheckpoints checkpoints;
    private final Profiles profiles;
    private final ProfileVersions versions;
    private final ProfileStandings standings;
    private final EventLog events;

    SessionPages(
            Pages pages,
            Sessions sessions,
            SessionCheckpoints checkpoints,
            Profiles profiles,
            ProfileVersions versions,
            ProfileStandings standings,
            EventLog events) {
        this.pages = pages;
        this.sessions = sessions;
        this.checkpoints = checkpoints;
        this.profiles = profiles;
        this.versions = versions;
        this.standings = standings;
        this.events = events;
    }

    /**
     * What the list shows.
     *
     * @param state that is asked for; empty for all that are not deleted
     * @param profile that is asked for, by name; empty for all
     * @param startable every profile, for the dialog
     * @param open whether the dialog is
     * @param version that the dialog begins with; may be empty
     */
    public record Content(
            List<SessionDetails> rows,
            String state,
            String profile,
            List<String> states,
            String next,
            boolean first,
            List<ProfileStanding> startable,
            boolean open,
            String version) {}

    /**
     * What there is to choose or to know about the profile that a session is to start from.
     *
     * @param repositories of the version that would start; empty while none can
     */
    public record Choice(ProfileStanding standing, List<Specification.Repository> repositories) {}

    /**
     * What the page of one shows.
     *
     * @param checkpoints newest first; none of an ephemeral one
     * @param events newest first
     * @param paths that outlive its compute, with what is left out of them
     */
    public record One(
            SessionDetails details,
            List<KeptCheckpoint> checkpoints,
            List<Event> events,
            List<Specification.PersistedPath> paths) {
        /** Whether it has that state. */
        public boolean is(String... states) {
            return List.of(states).contains(details.sandbox().state().text());
        }

        /** Whether its persisted paths outlive its compute. */
        public boolean persistent() {
            return details.sandbox().mode() == SandboxMode.PERSISTENT;
        }
    }

    @GetMapping("/sessions")
    @Requires(Permission.SESSIONS_SEE)
    View list(
            Frame frame,
            @RequestParam(defaultValue = "") String state,
            @RequestParam(defaultValue = "") String profile,
            @RequestParam(defaultValue = "") String version,
            @RequestParam(required = false) @Nullable String start,
            @RequestParam(required = false) @Nullable String cursor) {
        Optional<SandboxState> wanted = Arrays.stream(SandboxState.values())
                .filter(it -> it.text().equals(state))
                .findFirst();
        boolean open = start != null;
        Page<SessionDetails> found = sessions.list(
                frame.caller(),
                wanted,
                Optional.of(profile).filter(it -> !it.isEmpty() && !open),
                PageRequest.of(PageRequest.DEFAULT_LIMIT, cursor));
        String path = UriComponentsBuilder.fromPath("/sessions")
                .queryParam("state", state)
                .queryParam("profile", profile)
                .toUriString();
        List<String> known = profiles.list(frame.caller(), Optional.empty(), MOST_PROFILES).stream()
                .map(Profile::id)
                .toList();
        return pages.page(
                "sessions/list",
                frame,
                new Content(
                        found.items(),
                        state,
                        profile,
                        Arrays.stream(SandboxState.values())
                                .map(SandboxState::text)
                                .toList(),
                        Links.older(path, found.nextCursor()),
                        cursor == null,
                        standings.of(frame.caller(), known),
                        open,
                        version));
    }

    @GetMapping("/sessions/choice")
    @Requires(Permission.SESSIONS_SEE)
    View choice(
            Frame frame,
            @RequestParam(defaultValue = "") String profile,
            @RequestParam(defaultValue = "") String version) {
        Profile chosen = profiles.find(frame.caller(), profile);
        ProfileStanding standing =
                standings.of(frame.caller(), List.of(chosen.id())).getFirst();
        OptionalInt wanted =
                version.matches("[1-9][0-9]{0,8}") ? OptionalInt.of(Integer.parseInt(version)) : standing.usable();
        List<Specification.Repository> repositories =
                wanted.isEmpty() || wanted.getAsInt() > standing.latest().orElse(0)
                        ? List.of()
                        : versions.get(frame.caller(), chosen.id(), wanted.getAsInt())
                                .spec()
                                .repositories();
        return pages.page("sessions/choice", frame, new Choice(standing, repositories));
    }

    @GetMapping("/sessions/{session}")
    @Requires(Permission.SESSIONS_SEE)
    View one(Frame frame, @PathVariable String session) {
        SessionDetails details = sessions.get(frame.caller(), session);
        boolean persistent = details.sandbox().mode() == SandboxMode.PERSISTENT;
        return pages.page(
                "sessions/one",
                frame,
                new One(
                        details,
                        persistent
                                ? checkpoints.list(
                                        frame.caller(), details.session().id())
                                : List.of(),
                        events.newestAbout(
                                frame.caller().organizationId(),
                                details.session().id(),
                                MOST_EVENTS),
                        versions.get(
                                        frame.caller(),
                                        details.session().profileId(),
                                        details.session().version())
                                .spec()
                                .persistedPaths()));
    }
}
