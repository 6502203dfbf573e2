package dev.sandkeep.server.profiles;

import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.errors.SandkeepException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** The tables {@code profiles}, {@code profile_drafts} and {@code profile_versions}. */
@Component
class ProfileStore {
    private static final String PROFILE = """
            select p.id, p.organization_id, p.name, p.created_at, p.latest_version,
                   d.spec, d.revision, d.updated_at
            from profiles p left join profile_drafts d on d.profile_id = p.id
            """;

    private static final String VERSION = """
            select v.profile_id, p.name, v.number, v.published_at, v.published_by, v.spec, v.plan_digest
            from profile_versions v join profiles p on p.id = v.profile_id
            """;

    private final JdbcClient jdbc;
    private final JsonMapper json;

    ProfileStore(JdbcClient jdbc, JsonMapper json) {
        this.jdbc = jdbc;
        this.json = json;
    }

    Optional<Profile> find(String organizationId, String reference) {
        return jdbc.sql(PROFILE + """
                        where p.organization_id = :organization and p.deleted_at is null
                          and (p.id = :reference or p.name = :reference)
                        """)
                .param("organization", organizationId)
                .param("reference", reference)
                .query(this::profile)
                .optional();
    }

    List<Profile> list(String organizationId, String afterName, int limit) {
        return jdbc.sql(PROFILE + """
                        where p.organization_id = :organization and p.deleted_at is null and p.name > :after
                        order by p.name
                        limit :limit
                        """)
                .param("organization", organizationId)
                .param("after", afterName)
                .param("limit", limit)
                .query(this::profile)
                .list();
    }

    /** False when the name is taken. */
    boolean insert(String id, String organizationId, String name, Instant now) {
        return jdbc.sql("""
                        insert into profiles (id, organization_id, name, created_at)
                        values (:id, :organization, :name, :now)
                        on conflict (organization_id, name) where deleted_at is null do nothing
                        """)
                        .param("id", id)
                        .param("organization", organizationId)
                        .param("name", name)
                        .param("now", Rows.time(now))
                        .update()
                == 1;
    }

    /** Locks the profile's row until the transaction ends: drafts, publications and deletion come one after the other. */
    Profile lock(String organizationId, String reference) {
        String id = jdbc.sql("""
                        select id from profiles
                        where organization_id = :organization and deleted_at is null
                          and (id = :reference or name = :reference)
                        for update
                        """)
                .param("organization", organizationId)
                .param("reference", reference)
                .query(String.class)
                .optional()
                .orElseThrow(() -> SandkeepException.notFound("profile", reference));
        return find(organizationId, id).orElseThrow();
    }

    void delete(String id, Instant now) {
        jdbc.sql("update profiles set deleted_at = :now where id = :id")
                .param("now", Rows.time(now))
                .param("id", id)
                .update();
        deleteDraft(id);
    }

    void writeDraft(String profileId, Specification spec, Instant now) {
        jdbc.sql("""
                        with next as (
                            update profiles set draft_revision = draft_revision + 1 where id = :id
                            returning id, draft_revision)
                        insert into profile_drafts (profile_id, revision, spec, updated_at)
                        select id, draft_revision, :spec, :now from next
                        on conflict (profile_id) do update
                        set revision = excluded.revision, spec = excluded.spec, updated_at = excluded.updated_at
                        """)
                .param("id", profileId)
                .param("spec", json.writeValueAsString(spec))
                .param("now", Rows.time(now))
                .update();
    }

    boolean deleteDraft(String profileId) {
        return jdbc.sql("delete from profile_drafts where profile_id = :id")
                        .param("id", profileId)
                        .update()
                > 0;
    }

    void insertVersion(ProfileVersion version, byte[] plan) {
        jdbc.sql("""
                        insert into profile_versions
                            (profile_id, number, published_at, published_by, spec, plan, plan_digest)
                        values (:profile, :number, :at, :by, :spec, :plan, :digest)
                        """)
                .param("profile", version.profileId())
                .param("number", version.number())
                .param("at", Rows.time(version.publishedAt()))
                .param("by", version.publishedBy())
                .param("spec", json.writeValueAsString(version.spec()))
                .param("plan", plan)
                .param("digest", version.planDigest())
                .update();
        jdbc.sql("update profiles set latest_version = :number where id = :id")
                .param("number", version.number())
                .param("id", version.profileId())
                .update();
    }

    Optional<ProfileVersion> version(String profileId, int number) {
        return jdbc.sql(VERSION + "where v.profile_id = :profile and v.number = :number")
                .param("profile", profileId)
                .param("number", number)
                .query(this::version)
                .optional();
    }

    List<ProfileVersion> versions(String profileId, int below, int limit) {
        return jdbc.sql(VERSION + """
                        where v.profile_id = :profile and v.number < :below
                        order by v.number desc
                        limit :limit
                        """)
                .param("profile", profileId)
                .param("below", below)
                .param("limit", limit)
                .query(this::version)
                .list();
    }

    Optional<byte[]> plan(String profileId, int number) {
        return jdbc.sql("select plan from profile_versions where profile_id = :profile and number = :number")
                .param("profile", profileId)
                .param("number", number)
                .query(byte[].class)
                .optional();
    }

    private Profile profile(ResultSet row, int number) throws SQLException {
        int latest = row.getInt("latest_version");
        Optional<String> spec = Rows.optionalText(row, "spec");
        Optional<Draft> draft = spec.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new Draft(specification(spec.get()), row.getInt("revision"), Rows.instant(row, "updated_at")));
        return new Profile(
                row.getString("id"),
                row.getString("organization_id"),
                row.getString("name"),
                Rows.instant(row, "created_at"),
                latest == 0 ? OptionalInt.empty() : OptionalInt.of(latest),
                draft);
    }

    private ProfileVersion version(ResultSet row, int number) throws SQLException {
        return new ProfileVersion(
                row.getString("profile_id"),
                row.getString("name"),
                row.getInt("number"),
                Rows.instant(row, "published_at"),
                row.getString("published_by"),
                specification(row.getString("spec")),
                row.getString("plan_digest"));
    }

    private Specification specification(String text) {
        return json.readValue(text, Specification.class);
    }
}
