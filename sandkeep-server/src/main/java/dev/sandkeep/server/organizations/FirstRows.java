package dev.sandkeep.server.organizations;

import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.boot.StartWork;
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
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Makes what a new installation begins with: the organization that operates the server, with an owner, and that owner's API key,
 * which stands in the file {@code api-key} of the data directory. When the file is gone, a new key is made; when the database is
 * new, the key in the file is made valid there.
 */
@Component
class FirstRows extends StartWork {
    static final String KEY_FILE = "api-key";
    private static final String FIRST_OWNER = "owner";

    private static final Logger LOG = LoggerFactory.getLogger(FirstRows.class);

    private final JdbcClient jdbc;
    private final ApiKeys keys;
    private final EventLog events;
    private final Organizations organizations;
    private final People people;
    private final DataDirectory data;

    FirstRows(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            ApiKeys keys,
            EventLog events,
            Organizations organizations,
            People people,
            DataDirectory data,
            SandkeepProperties properties) {
        super(jdbc, transactions, properties);
        this.jdbc = jdbc;
        this.keys = keys;
        this.events = events;
        this.organizations = organizations;
        this.people = people;
        this.data = data;
    }

    @Override
    protected void work() {
        int reordered = events.reorderAfterRestore();
        if (reordered > 0) {
            LOG.info("event=restored_database_found events_reordered={}", reordered);
        }
        String organization = ensureOrganization();
        String key = ensureKey();
        boolean stored = keys.store(
                        NewKey.unrestricted(organization, ensureOwner(organization), "first key", Caller.SYSTEM), key)
                .isPresent();
        if (!stored && !keys.valid(key)) {
            LOG.warn(
                    "event=first_key_invalid file={} next=\"remove the file and start again to get a new one\"",
                    data.resolve(KEY_FILE));
        }
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
