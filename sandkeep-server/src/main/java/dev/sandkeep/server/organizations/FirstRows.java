package dev.sandkeep.server.organizations;

import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.boot.StartOrder;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.config.StartFailure;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.security.ApiKeys;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.NewKey;
import dev.sandkeep.server.platform.security.Role;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Makes what a new installation begins with: the organization that operates the server, with an owner, and that owner's API key,
 * which stands in the file {@code api-key} of the data directory. When the file is gone, a new key is made; when the database is
 * new, the key in the file is made valid there.
 */
@Component
class FirstRows implements SmartLifecycle {
    static final String KEY_FILE = "api-key";
    private static final String FIRST_OWNER = "owner";

    private static final Logger LOG = LoggerFactory.getLogger(FirstRows.class);
    /** Any number that nobody else locks: servers that start together come here one after the other. */
    private static final long LOCK = 0x5a4dcee9_0001L;

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final ApiKeys keys;
    private final EventLog events;
    private final Organizations organizations;
    private final People people;
    private final DataDirectory data;
    private final SandkeepProperties properties;
    private volatile boolean done;

    FirstRows(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            ApiKeys keys,
            EventLog events,
            Organizations organizations,
            People people,
            DataDirectory data,
            SandkeepProperties properties) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.keys = keys;
        this.events = events;
        this.organizations = organizations;
        this.people = people;
        this.data = data;
        this.properties = properties;
    }

    @Override
    public int getPhase() {
        return StartOrder.FIRST_ROWS;
    }

    @Override
    public void start() {
        if (!properties.training()) {
            transactions.executeWithoutResult(status -> {
                jdbc.sql("select pg_advisory_xact_lock(:lock)::text")
                        .param("lock", LOCK)
                        .query(String.class)
                        .optional();
                int reordered = events.reorderAfterRestore();
                if (reordered > 0) {
                    LOG.info("event=restored_database_found events_reordered={}", reordered);
                }
                String organization = ensureOrganization();
                String key = ensureKey();
                boolean stored = keys.store(
                                NewKey.unrestricted(
                                        organization, ensureOwner(organization), "first key", Caller.SYSTEM),
                                key)
                        .isPresent();
                if (!stored && !keys.valid(key)) {
                    LOG.warn(
                            "event=first_key_invalid file={} next=\"remove the file and start again to get a new one\"",
                            data.resolve(KEY_FILE));
                }
            });
        }
        done = true;
    }

    @Override
    public void stop() {
        done = false;
    }

    @Override
    public boolean isRunning() {
        return done;
    }

    private String ensureOrganization() {
        Optional<String> existing = jdbc.sql("select id from organizations where operates_server")
                .query(String.class)
                .optional();
        if (existing.isPresent()) {
            return existing.get();
        }
        return organizations.insert("default", true);
    }

    /** The owner who is there for the longest; an organization with members always has one. */
    private String ensureOwner(String organization) {
        Optional<String> existing = jdbc.sql("""
                        select id from members
                        where organization_id = :organization and role = 'owner' and removed_at is null
                        order by created_at, id limit 1
                        """)
                .param("organization", organization)
                .query(String.class)
                .optional();
        if (existing.isPresent()) {
            return existing.get();
        }
        return people.join(organization, people.newPerson(FIRST_OWNER), FIRST_OWNER, Role.OWNER)
                .id();
    }

    private String ensureKey() {
        try {
            Optional<String> existing = data.readSecret(KEY_FILE).map(String::strip);
            if (existing.isPresent() && ApiKeys.hasForm(existing.get())) {
                return existing.get();
            }
            String key = ApiKeys.newKey();
            data.writeSecret(KEY_FILE, key + "\n");
            LOG.info("event=api_key_made file={}", data.resolve(KEY_FILE));
            return key;
        } catch (IOException e) {
            throw new StartFailure(
                    "The file with the API key, " + data.resolve(KEY_FILE) + ", cannot be used: " + e.getMessage(),
                    "Check its permissions.",
                    e);
        }
    }
}
