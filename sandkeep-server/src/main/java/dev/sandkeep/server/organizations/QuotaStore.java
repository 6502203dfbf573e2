package dev.sandkeep.server.organizations;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The rows of quotas. That they hold is the work of the trigger {@code refuse_beyond_quota}. */
@Component
class QuotaStore {
    /** Whose limit it is. */
    enum Setter {
        ORGANIZATION("own_limit"),
        OPERATOR("ceiling");

        private final String column;

        Setter(String column) {
            this.column = column;
        }
    }

    private final JdbcClient jdbc;

    QuotaStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    private record Limits(String quota, OptionalLong own, OptionalLong ceiling) {}

    /** Every quota of an organization. */
    List<QuotaUse> of(String organization) {
        Map<Quota, Long> used = used(organization);
        Map<Quota, Limits> limits = new EnumMap<>(Quota.class);
        jdbc.sql("select quota, own_limit, ceiling from organization_quotas where organization_id = :organization")
                .param("organization", organization)
                .query((row, number) -> new Limits(
                        row.getString("quota"),
                        limit(row.getObject("own_limit", Long.class)),
                        limit(row.getObject("ceiling", Long.class))))
                .list()
                .forEach(set -> limits.put(Quota.of(set.quota()), set));
        Limits none = new Limits("", OptionalLong.empty(), OptionalLong.empty());
        return java.util.Arrays.stream(Quota.values())
                .map(quota -> {
                    Limits set = limits.getOrDefault(quota, none);
                    return new QuotaUse(quota, set.own(), set.ceiling(), used.getOrDefault(quota, 0L));
                })
                .toList();
    }

    private Map<Quota, Long> used(String organization) {
        return jdbc.sql("""
                        select
                            (select count(*) from sandboxes where organization_id = :organization
                             and state in ('pending', 'starting', 'running', 'stopping')) as running_sessions,
                            (select count(*) from sessions where organization_id = :organization
                             and deleted_at is null) as sessions,
                            (select count(*) from profiles where organization_id = :organization
                             and deleted_at is null) as profiles,
                            (select count(*) from members where organization_id = :organization
                             and removed_at is null) as members,
                            (select count(*) from snapshot_jobs where organization_id = :organization
                             and state = 'running') as snapshot_builds
                        """)
                .param("organization", organization)
                .query((row, number) -> {
                    Map<Quota, Long> used = new EnumMap<>(Quota.class);
                    for (Quota quota : Quota.values()) {
                        used.put(quota, row.getLong(quota.text()));
                    }
                    return used;
                })
                .single();
    }

    /** Sets one limit, or takes it away; a quota that nobody limits any more has no row, and costs nothing. */
    void set(String organization, Quota quota, Setter setter, OptionalLong limit) {
        jdbc.sql("""
                        insert into organization_quotas (organization_id, quota, %1$s) values (:organization, :quota, :limit)
                        on conflict (organization_id, quota) do update set %1$s = excluded.%1$s
                        """.formatted(setter.column))
                .param("organization", organization)
                .param("quota", quota.text())
                .param("limit", limit.isPresent() ? limit.getAsLong() : null, java.sql.Types.BIGINT)
                .update();
        jdbc.sql("""
                        delete from organization_quotas
                        where organization_id = :organization and quota = :quota and own_limit is null and ceiling is null
                        """)
                .param("organization", organization)
                .param("quota", quota.text())
                .update();
    }

    private static OptionalLong limit(@Nullable Long value) {
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }
}
