package dev.sandkeep.server.organizations;

import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.jobs.RepeatableRequests;
import dev.sandkeep.server.platform.security.ApiKeys;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Role;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Service accounts and their keys. */
@Component
public final class ServiceAccounts {
    private static final String ACCOUNTS = """
            select id, name, role, created_by, created_at from service_accounts
            where organization_id = :organization and removed_at is null
            """;

    private final JdbcClient jdbc;
    private final Ids ids;
    private final Clock clock;
    private final People people;
    private final Keys keys;
    private final KeyStore keyRows;
    private final ApiKeys known;
    private final EventLog events;
    private final RepeatableRequests requests;
    private final TransactionTemplate transactions;

    ServiceAccounts(
            JdbcClient jdbc,
            Ids ids,
            Clock clock,
            People people,
            Keys keys,
            KeyStore keyRows,
            ApiKeys known,
            EventLog events,
            RepeatableRequests requests,
            TransactionTemplate transactions) {
        this.jdbc = jdbc;
        this.ids = ids;
        this.clock = clock;
        this.people = people;
        this.keys = keys;
        this.keyRows = keyRows;
        this.known = known;
        this.events = events;
        this.requests = requests;
        this.transactions = transactions;
    }

    /** All of them, by name. */
    public List<ServiceAccount> list(Caller caller) {
        return jdbc.sql(ACCOUNTS + "order by name")
                .param("organization", caller.organizationId())
                .query(ServiceAccounts::account)
                .list();
    }

    /** One of them, by id or name. */
    public ServiceAccount find(Caller caller, String idOrName) {
        return jdbc.sql(ACCOUNTS + "and (id = :wanted or name = :wanted) order by id = :wanted desc limit 1")
                .param("organization", caller.organizationId())
                .param("wanted", idOrName)
                .query(ServiceAccounts::account)
                .optional()
                .orElseThrow(() -> SandkeepException.notFound("service account", idOrName));
    }

    /** Makes one, without a key. */
    public ServiceAccount create(Caller caller, @Nullable String idempotencyKey, String name, Role role) {
        if (role == Role.OWNER) {
            throw new IllegalArgumentException("a service account is never an owner");
        }
        String id = requests.once(caller, idempotencyKey, "POST /service-accounts", name + "\n" + role, () -> {
            people.lock(caller);
            return insert(caller, name, role);
        });
        return find(caller, id);
    }

    /** Makes a key for one. */
    public CreatedKey createKey(Caller caller, @Nullable String idempotencyKey, String idOrName, WantedKey wanted) {
        return keys.create(caller, idempotencyKey, find(caller, idOrName).id(), wanted);
    }

    /** Ends one, and all its keys. */
    public void delete(Caller caller, String idOrName) {
        transactions.executeWithoutResult(status -> {
            people.lock(caller);
            ServiceAccount account = find(caller, idOrName);
            jdbc.sql("update service_accounts set removed_at = :now where id = :id")
                    .param("now", Rows.time(clock.instant()))
                    .param("id", account.id())
                    .update();
            keyRows.revokeAllOf(account.id());
            events.append(
                    caller,
                    Change.of("service_account", account.id(), "deleted")
                            .from(account.role().text())
                            .detail(account.name()));
        });
        known.forget();
    }

    private String insert(Caller caller, String name, Role role) {
        String id = ids.next(Ids.Kind.SERVICE_ACCOUNT);
        try {
            jdbc.sql("""
                            insert into service_accounts (id, organization_id, name, role, created_by, created_at)
                            values (:id, :organization, :name, :role, :by, :now)
                            """)
                    .param("id", id)
                    .param("organization", caller.organizationId())
                    .param("name", name)
                    .param("role", role.text())
                    .param("by", caller.actor())
                    .param("now", Rows.time(clock.instant()))
                    .update();
        } catch (DuplicateKeyException taken) {
            throw new SandkeepException(
                            ProblemCode.SERVICE_ACCOUNT_NAME_TAKEN,
                            "There is a service account '" + name + "' already.")
                    .causedBy(taken);
        }
        events.append(
                caller,
                Change.of("service_account", id, "created").to(role.text()).detail(name));
        return id;
    }

    private static ServiceAccount account(ResultSet row, int number) throws SQLException {
        return new ServiceAccount(
                row.getString("id"),
                row.getString("name"),
                Role.of(row.getString("role")),
                row.getString("created_by"),
                Rows.instant(row, "created_at"));
    }
}
