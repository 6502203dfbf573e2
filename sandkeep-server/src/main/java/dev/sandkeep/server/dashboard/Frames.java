package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.accounts.WebSession;
import dev.sandkeep.server.accounts.WebSessions;
import dev.sandkeep.server.events.Event;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.organizations.Membership;
import dev.sandkeep.server.organizations.Organizations;
import dev.sandkeep.server.platform.security.Caller;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Finds out what stands around the content of a page. */
@Component
class Frames {
    private final Organizations organizations;
    private final EventLog events;
    private final Assets assets;
    private final Clock clock;

    Frames(Organizations organizations, EventLog events, Assets assets, Clock clock) {
        this.organizations = organizations;
        this.events = events;
        this.assets = assets;
        this.clock = clock;
    }

    /** The frame of the present request. */
    Frame of(Caller caller) {
        Optional<WebSession> session = WebSessions.current();
        List<Membership> others = organizations.memberships(caller).stream()
                .filter(it -> !it.organization().id().equals(caller.organizationId()))
                .toList();
        return new Frame(
                caller,
                organizations.of(caller).name(),
                session.map(it -> it.person().name()).orElse(caller.actor()),
                session.isPresent(),
                others,
                session.map(WebSession::csrfToken).orElse(""),
                events.newest(caller.organizationId(), 1).stream()
                        .findFirst()
                        .map(Event::id)
                        .orElse(""),
                clock.instant(),
                assets);
    }
}
