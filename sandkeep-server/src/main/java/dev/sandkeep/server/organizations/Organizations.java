package dev.sandkeep.server.organizations;

import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.jobs.RepeatableRequests;
import dev.sandkeep.server.platform.providers.PersistenceSupport;
import dev.sandkeep.server.platform.security.ApiKeys;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Credential;
import dev.sandkeep.server.platform.security.NewKey;
import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Scope;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Organizations and their settings. */
@Component
public final class Organizations {
    private static final String INSTALLED = """
            select o.id, o.name, o.created_at, o.operates_server, o.deleted_at, o.delete_after,
                   (select count(*) from members m where m.organization_id = o.id and m.removed_at is null) as members
            from organizations o where o.purged_at is null
            """;

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final EventLog events;
    private final PersistenceSupport persistence;
    private final Clock clock;

    private final People people;
    private final ApiKeys keys;
    private final RepeatableRequests requests;
    private final Ids ids;

    Organizations(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            EventLog events,
            PersistenceSupport persistence,
            Clock clock,
            People people,
            ApiKeys keys,
            RepeatableRequests requests,
            Ids ids) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.events = events;
        this.persistence = persistence;
        this.clock = clock;
        this.people = people;
        this.keys = keys;
        this.requests = requests;
        this.ids = ids;
    }

    /** The caller's organization. */
    public Organization of(Caller caller) {
        return jdbc.sql("select id, name, created_at from organizations where id = :id")
                .param("id", caller.organizationId())
                .query(Organizations::organization)
                .single();
    }

    /** Every organization that the person behind the caller is a member of, by name. */
    public List<Membership> memberships(Caller caller) {
        return jdbc.sql("""
                        select o.id, o.name, o.created_at, m.id as member, m.role
                        from members m join organizations o on o.id = m.organization_id and o.deleted_at is null
                        where m.removed_at is null
                          and m.person_id = (select person_id from members where id = :id)
                        order by o.name, o.id
                        """)
                .param("id", caller.actor())
                .query((row, number) -> new Membership(
                        organization(row, number), row.getString("member"), Role.of(row.getString("role"))))
                .list();
    }

    /** Every organization of which something is left, newest first, for those who operate the server. */
    public Page<InstalledOrganization> all(PageRequest page) {
        List<InstalledOrganization> rows = jdbc.sql(INSTALLED
                        + " and (cast(:before as text) is null or o.id < :before) order by o.id desc limit :limit")
                .param("before", page.after().orElse(null))
                .param("limit", page.fetch())
                .query(Organizations::installed)
                .list();
        return Page.of(rows, page, InstalledOrganization::id);
    }

    /**
     * Any one of which something is left, for those who operate the server.
     *
     * @throws SandkeepException {@code not_found}
     */
    public InstalledOrganization one(String id) {
        return jdbc.sql(INSTALLED + " and o.id = :id")
                .param("id", id)
                .query(Organizations::installed)
                .optional()
                .orElseThrow(() -> SandkeepException.notFound("organization", id));
    }

    private static InstalledOrganization installed(ResultSet row, int number) throws SQLException {
        return new InstalledOrganization(
                row.getString("id"),
                row.getString("name"),
                Rows.instant(row, "created_at"),
                row.getInt("members"),
                row.getBoolean("operates_server"),
                Rows.optionalInstant(row, "deleted_at").orElse(null),
                Rows.optionalInstant(row, "delete_after").orElse(null));
    }

    /** Whether a person is in more than one; a deleted one that can be brought back counts. */
    public boolean inSeveral(String personId) {
        return jdbc.sql("select count(*) > 1 from members where person_id = :person and removed_at is null")
                .param("person", personId)
                .query(Boolean.class)
                .single();
    }

    /** Makes an organization that the person behind the caller owns, with a first key that lives as long as the caller's. */
    public CreatedOrganization create(Caller caller, @Nullable String idempotencyKey, String name) {
        String person = people.person(caller);
        AtomicReference<@Nullable String> text = new AtomicReference<>();
        String id = requests.once(caller, idempotencyKey, "POST /organizations", name, () -> {
            String organization = insert(name, false);
            String owner =
                    people.member(caller.organizationId(), caller.actor()).name();
            Member member = people.join(organization, person, owner, Role.OWNER);
            String made = ApiKeys.newKey();
            text.set(made);
            keys.store(
                    new NewKey(
                            organization,
                            member.id(),
                            false,
                            "first key",
                            Scope.ALL,
                            caller.credential().flatMap(Credential::expiresAt),
                            member.id()),
                    made);
            events.append(
                    caller, Change.of("organization", organization, "created").detail(name));
            return organization;
        });
        Membership made = memberships(caller).stream()
                .filter(it -> it.organization().id().equals(id))
                .findFirst()
                .orElseThrow(() -> SandkeepException.notFound("organization", id));
        return new CreatedOrganization(made.organization(), made.memberId(), Optional.ofNullable(text.get()));
    }

    /** Gives the caller's organization another name. */
    public Organization rename(Caller caller, String name) {
        return Objects.requireNonNull(transactions.execute(status -> {
            people.lock(caller);
            Organization before = of(caller);
            if (!before.name().equals(name)) {
                jdbc.sql("update organizations set name = :name where id = :id")
                        .param("name", name)
                        .param("id", caller.organizationId())
                        .update();
                events.append(
                        caller,
                        Change.of("organization", caller.organizationId(), "renamed")
                                .from(before.name())
                                .to(name));
            }
            return of(caller);
        }));
    }

    /** The rows of a new organization without members. */
    String insert(String name, boolean operatesServer) {
        String id = ids.next(Ids.Kind.ORGANIZATION);
        jdbc.sql(
                        "insert into organizations (id, name, created_at, operates_server) values (:id, :name, :now, :operates)")
                .param("id", id)
                .param("name", name)
                .param("now", Rows.time(clock.instant()))
                .param("operates", operatesServer)
                .update();
        jdbc.sql("insert into organization_settings (organization_id, updated_at) values (:id, :now)")
                .param("id", id)
                .param("now", Rows.time(clock.instant()))
                .update();
        return id;
    }

    private static Organization organization(ResultSet row, int number) throws SQLException {
        return new Organization(row.getString("id"), row.getString("name"), Rows.instant(row, "created_at"));
    }

    /** What holds for the sandboxes of an organization. */
    public SandboxSettings sandboxSettings(String organizationId) {
        return jdbc.sql("""
                        select allow_persistent_sandboxes, updated_at from organization_settings
                        where organization_id = :organization
                        """)
                .param("organization", organizationId)
                .query((row, number) -> new SandboxSettings(
                        row.getBoolean("allow_persistent_sandboxes"), Rows.instant(row, "updated_at"), unavailable()))
                .single();
    }

    private SandboxSettings.@Nullable Unavailable unavailable() {
        return persistence
                .missing()
                .map(code -> new SandboxSettings.Unavailable(code.code(), code.sentence() + " " + code.nextStep()))
                .orElse(null);
    }

    /**
     * Turns persistent sandboxes on or off for sessions that start from now on. Those that are persistent stay so.
     *
     * @throws SandkeepException {@code no_volume_backend} when they are to be turned on and cannot be had
     */
    public SandboxSettings allowPersistentSandboxes(Caller caller, boolean allow) {
        if (allow) {
            persistence.missing().ifPresent(code -> {
                throw new SandkeepException(
                        ProblemCode.NO_VOLUME_BACKEND, code.sentence() + " The switch stays off.", code.nextStep());
            });
        }
        return Objects.requireNonNull(transactions.execute(status -> {
            int changed = jdbc.sql("""
                            update organization_settings set allow_persistent_sandboxes = :allow, updated_at = :now
                            where organization_id = :organization and allow_persistent_sandboxes <> :allow
                            """)
                    .param("allow", allow)
                    .param("now", Rows.time(clock.instant()))
                    .param("organization", caller.organizationId())
                    .update();
            if (changed > 0) {
                events.append(
                        caller,
                        Change.of("organization", caller.organizationId(), "persistent_sandboxes_set")
                                .from(text(!allow))
                                .to(text(allow)));
            }
            return sandboxSettings(caller.organizationId());
        }));
    }

    private static String text(boolean allow) {
        return allow ? "allowed" : "not_allowed";
    }
}
