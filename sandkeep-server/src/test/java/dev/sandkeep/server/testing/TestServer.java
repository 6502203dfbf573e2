package dev.sandkeep.server.testing;

import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.security.ApiKeys;
import dev.sandkeep.server.platform.security.Caller;
import java.time.Clock;
import java.util.Objects;
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

    TestServer(JdbcClient jdbc, Ids ids, ApiKeys keys, JsonMapper json, Environment environment) {
        this.jdbc = jdbc;
        this.ids = ids;
        this.keys = keys;
        this.json = json;
        this.environment = environment;
    }

    /** A tenant of its own for a test class. */
    public record Tenant(Caller caller, String key, ApiClient api) {}

    @Bean
    @Primary
    static SettableClock settableClock() {
        return SettableClock.running();
    }

    /** Makes an organization with a member and a key, and a client that carries the key. */
    public Tenant newOrganization() {
        // A clock that a test moves makes them due in the midst of it.
        jdbc.sql("delete from scheduled_tasks where task_name like 'reconciler-%' or task_name like 'image-pruning-%'")
                .update();
        String organization = ids.next(Ids.Kind.ORGANIZATION);
        String member = ids.next(Ids.Kind.MEMBER);
        jdbc.sql("insert into organizations (id, name, created_at) values (:id, 'test', :now)")
                .param("id", organization)
                .param("now", Rows.time(Clock.systemUTC().instant()))
                .update();
        jdbc.sql("insert into organization_settings (organization_id, updated_at) values (:id, :now)")
                .param("id", organization)
                .param("now", Rows.time(Clock.systemUTC().instant()))
                .update();
        jdbc.sql("""
                        insert into members (id, organization_id, name, role, created_at)
                        values (:id, :organization, 'tester', 'owner', :now)
                        """)
                .param("id", member)
                .param("organization", organization)
                .param("now", Rows.time(Clock.systemUTC().instant()))
                .update();
        String key = ApiKeys.newKey();
        keys.store(organization, member, "test", key);
        return new Tenant(new Caller(organization, member), key, client(key));
    }

    /** Where the server listens. */
    public int port() {
        return Integer.parseInt(Objects.requireNonNull(environment.getProperty("local.server.port")));
    }

    /** A client that sends {@code key}; an empty one sends none. */
    public ApiClient client(String key) {
        return new ApiClient("http://127.0.0.1:" + port() + "/api/v1", key, json);
    }
}
