package dev.sandkeep.server.testing;

import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.security.ApiKeys;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.NewKey;
import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Scope;
import java.io.IOException;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.json.JsonMapper;

/** Hands tests what they need of the shared server. Inject it with {@code @Autowired}. */
@TestConfiguration(proxyBeanMethods = false)
public class TestServer {
    private final JdbcClient jdbc;
    private final Ids ids;
    private final ApiKeys keys;
    private final JsonMapper json;
    private final Environment environment;
    private final DataDirectory data;
    private final SandkeepProperties properties;

    TestServer(
            JdbcClient jdbc,
            Ids ids,
            ApiKeys keys,
            JsonMapper json,
            Environment environment,
            DataDirectory data,
            SandkeepProperties properties) {
        this.properties = properties;
        this.data = data;
        this.jdbc = jdbc;
        this.ids = ids;
        this.keys = keys;
        this.json = json;
        this.environment = environment;
    }

    /** A tenant of its own for a test class: an owner with every scope. */
    public record Tenant(Caller caller, String key, ApiClient api) {}

    @Bean
    @Primary
    static SettableClock settableClock() {
        return SettableClock.running();
    }

    /** Makes an organization with an owner and a key with every scope, and a client that carries the key. */
    public Tenant newOrganization() {
        // A clock that a test moves makes them due in the midst of it.
        jdbc.sql(
                        "delete from scheduled_tasks where task_name ~ '^(reconciler|image-pruning|sandbox-watch|volume-upkeep)-'")
                .update();
        String organization = ids.next(Ids.Kind.ORGANIZATION);
        jdbc.sql("insert into organizations (id, name, created_at) values (:id, 'test', :now)")
                .param("id", organization)
                .param("now", now())
                .update();
        jdbc.sql("insert into organization_settings (organization_id, updated_at) values (:id, :now)")
                .param("id", organization)
                .param("now", now())
                .update();
        return newMember(organization, Role.OWNER, Scope.ALL);
    }

    /** Another member of an organization, named like its id, with a key of its own. */
    public Tenant newMember(String organization, Role role, Set<Scope> scopes) {
        String person = ids.next(Ids.Kind.PERSON);
        String member = ids.next(Ids.Kind.MEMBER);
        jdbc.sql("insert into people (id, name, created_at) values (:id, :name, :now)")
                .param("id", person)
                .param("name", member)
                .param("now", now())
                .update();
        jdbc.sql("""
                        insert into members (id, organization_id, person_id, name, role, created_at)
                        values (:id, :organization, :person, :name, :role, :now)
                        """)
                .param("id", member)
                .param("organization", organization)
                .param("person", person)
                .param("name", member)
                .param("role", role.text())
                .param("now", now())
                .update();
        return newKey(organization, member, scopes);
    }

    /** Another key of a member. */
    public Tenant newKey(String organization, String member, Set<Scope> scopes) {
        String key = ApiKeys.newKey();
        keys.store(new NewKey(organization, member, false, "test", scopes, Optional.empty(), Caller.SYSTEM), key);
        return new Tenant(keys.caller(key).orElseThrow(), key, client(key));
    }

    /** The organization that operates the server: its first key. */
    public Tenant operator() {
        try {
            String key = data.readSecret("api-key").orElseThrow().strip();
            return new Tenant(keys.caller(key).orElseThrow(), key, client(key));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** With what another server starts that shares the database of this one, and not its data directory. */
    public SandkeepProperties another() {
        return TestBoot.properties(
                PostgresFixture.passableDirectory(),
                properties.databaseUrl().orElseThrow(),
                "--sandkeep.http.read-timeout=1s");
    }

    private static OffsetDateTime now() {
        return Rows.time(Clock.systemUTC().instant());
    }

    /** Where the server listens. */
    public int port() {
        return Integer.parseInt(Objects.requireNonNull(environment.getProperty("local.server.port")));
    }

    /** A client that sends {@code key}; an empty one sends none. */
    public ApiClient client(String key) {
        return new ApiClient("http://127.0.0.1:" + port() + "/api/v1", key, json);
    }

    /** A browser that nobody has signed in with. */
    public Browser browser() {
        return new Browser("http://127.0.0.1:" + port());
    }
}
