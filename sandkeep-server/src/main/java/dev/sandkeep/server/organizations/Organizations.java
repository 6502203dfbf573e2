package dev.sandkeep.server.organizations;

import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.providers.PersistenceSupport;
import dev.sandkeep.server.platform.security.Caller;
import java.time.Clock;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Organizations and their settings. */
@Component
public final class Organizations {
    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final EventLog events;
    private final PersistenceSupport persistence;
    private final Clock clock;

    Organizations(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            EventLog events,
            PersistenceSupport persistence,
            Clock clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.events = events;
        this.persistence = persistence;
        this.clock = clock;
    }

    /** The caller's organization. */
    public Organization of(Caller caller) {
        return jdbc.sql("select id, name, created_at from organizations where id = :id")
                .param("id", caller.organizationId())
                .query((row, number) ->
                        new Organization(row.getString("id"), row.getString("name"), Rows.instant(row, "created_at")))
                .single();
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
