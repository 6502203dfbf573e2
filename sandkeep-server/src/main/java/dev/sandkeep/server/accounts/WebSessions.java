package dev.sandkeep.server.accounts;

import dev.sandkeep.server.accounts.WebSessionStore.Row;
import dev.sandkeep.server.accounts.WebSessionStore.Seat;
import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Credential;
import dev.sandkeep.server.platform.security.Scope;
import dev.sandkeep.server.platform.security.Secrets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;

/**
 * Sessions of browsers. The cookie of one is replaced at every sign-in, every hour and when the role has changed. The one before is
 * taken until the new one was seen (an answer may get lost) and half a minute longer; after that it can only have been copied, and
 * ends the session.
 */
@Component
public final class WebSessions {
    /** How often a cookie is replaced. */
    static final Duration ROTATED = Duration.ofHours(1);
    /** How long requests that run side by side may still show the cookie before. */
    static final Duration SIDE_BY_SIDE = Duration.ofSeconds(30);
    /** How long a new cookie may be on its way. */
    static final Duration ON_ITS_WAY = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(WebSessions.class);
    private static final Duration USE_NOTED = Duration.ofMinutes(1);
    private static final String CURRENT = WebSession.class.getName();

    private final WebSessionStore store;
    private final EventLog events;
    private final TransactionTemplate transactions;
    private final SandkeepProperties.AccountProperties settings;
    private final Clock clock;

    WebSessions(
            WebSessionStore store,
            EventLog events,
            TransactionTemplate transactions,
            SandkeepProperties properties,
            Clock clock) {
        this.store = store;
        this.events = events;
        this.transactions = transactions;
        this.settings = properties.accounts();
        this.clock = clock;
    }

    /**
     * A session that was found.
     *
     * @param cookie what the browser is to show from now on; empty when it keeps what it has
     */
    record Opened(WebSession session, Optional<String> cookie) {}

    /** A session that has just begun, and its cookie. */
    record Begun(WebSession session, String cookie) {}

    /** The session of the present request; empty when it came without a cookie, or with an API key. */
    public static Optional<WebSession> current() {
        RequestAttributes request = RequestContextHolder.getRequestAttributes();
        return request == null
                ? Optional.empty()
                : Optional.ofNullable((WebSession) request.getAttribute(CURRENT, RequestAttributes.SCOPE_REQUEST));
    }

    /** The name of the request's attribute that holds it. */
    static String attribute() {
        return CURRENT;
    }

    /** Begins one, in the present transaction, where the person was last. */
    Begun begin(String person, Method method, Visitor from) {
        Optional<Seat> seat = store.lastOrganization(person)
                .flatMap(last -> store.seat(person, Optional.of(last)))
                .or(() -> store.seat(person, Optional.empty()));
        String token = Secrets.create("");
        String id = store.insert(person, seat, token, method, from, settings.sessionLifetime());
        Row row = store.find(token, settings.sessionIdle()).orElseThrow();
        WebSession session = session(row, seat, from);
        session.caller()
                .ifPresent(caller -> events.append(
                        caller,
                        Change.of("member", caller.actor(), "signed_in")
                                .code(method.text())
                                .alsoAbout(id)));
        return new Begun(session, token);
    }

    /** The session of a cookie; empty when it has none. */
    Optional<Opened> resume(String token, Visitor from) {
        return store.find(token, settings.sessionIdle()).flatMap(row -> resume(row, token, from));
    }

    private Optional<Opened> resume(Row found, String token, Visitor from) {
        Instant now = clock.instant();
        if (!found.present()
                && found.previousUntil().filter(until -> now.isAfter(until)).isPresent()) {
            store.end(found.person().id(), found.id());
            LOG.warn(
                    "event=web_session_ended session={} person={} address={} reason=old_cookie_shown",
                    found.id(),
                    found.person().id(),
                    from.address());
            return Optional.empty();
        }
        Row row = found.seat().isPresent() ? found : seated(found);
        if (row.lastUsedAt().isBefore(now.minus(USE_NOTED))) {
            store.used(row.id(), from);
        }
        if (row.present() && row.hasPrevious() && row.previousUntil().isEmpty()) {
            store.confirm(row.id(), now.plus(SIDE_BY_SIDE));
        }
        return Optional.of(new Opened(session(row, row.seat(), from), rotated(row, token, now)));
    }

    private Optional<String> rotated(Row row, String token, Instant now) {
        boolean due = row.present()
                ? row.rotatedAt().isBefore(now.minus(ROTATED))
                        || !row.seat().map(Seat::role).equals(row.knownRole())
                : row.previousUntil().isEmpty() && row.rotatedAt().isBefore(now.minus(ON_ITS_WAY));
        if (!due) {
            return Optional.empty();
        }
        String next = Secrets.create("");
        return store.rotate(row, token, next) ? Optional.of(next) : Optional.empty();
    }

    /** Who is no member of the organization any more goes on in another one. */
    private Row seated(Row row) {
        Optional<Seat> seat = store.seat(row.person().id(), Optional.empty());
        store.take(row.id(), seat);
        return new Row(
                row.id(),
                row.person(),
                seat,
                row.knownRole(),
                row.csrfToken(),
                row.present(),
                row.hasPrevious(),
                row.previousUntil(),
                row.rotatedAt(),
                row.lastUsedAt());
    }

    /**
     * Looks at another organization from now on.
     *
     * @throws SandkeepException {@code not_found} when the person is no member of it
     */
    public void enter(WebSession session, String organizationId) {
        Seat seat = store.seat(session.personId(), Optional.of(organizationId))
                .orElseThrow(() -> SandkeepException.notFound("organization", organizationId));
        store.take(session.id(), Optional.of(seat));
    }

    /** Those of a person, the one that was used last first. */
    public List<ListedSession> list(String personId) {
        return store.list(personId, settings.sessionIdle());
    }

    /**
     * Ends one of the caller's own.
     *
     * @throws SandkeepException {@code not_found}
     */
    public void end(Caller caller, String personId, String id) {
        transactions.executeWithoutResult(status -> {
            if (!store.end(personId, id)) {
                throw SandkeepException.notFound("web session", id);
            }
            events.append(
                    caller, Change.of("member", caller.actor(), "signed_out").alsoAbout(id));
        });
    }

    /** Ends the one that asks for it. */
    public void end(WebSession session) {
        session.caller()
                .ifPresentOrElse(
                        caller -> end(caller, session.personId(), session.id()),
                        () -> store.end(session.personId(), session.id()));
    }

    /** Ends all of a person's but one, in the present transaction. */
    int endAll(String personId, Optional<String> except) {
        return store.endAll(personId, except);
    }

    private static WebSession session(Row row, Optional<Seat> seat, Visitor from) {
        return new WebSession(
                row.id(),
                row.person(),
                row.csrfToken(),
                seat.map(it -> new Caller(
                        it.organization(),
                        it.member(),
                        Optional.of(
                                new Credential(row.id(), it.role(), Scope.ALL, it.operatesServer(), Optional.empty())),
                        from.address())));
    }
}
