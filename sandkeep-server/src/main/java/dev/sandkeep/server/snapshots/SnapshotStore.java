package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.spi.ImageId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Rows of {@code snapshots} and {@code usable_snapshots}. */
@Repository
class SnapshotStore {
    /** After every snapshot id in every collation. */
    private static final String AFTER_ALL = "zzzz";

    private static final String SNAPSHOTS = """
            select s.*, p.name as profile_name, u.snapshot_id is not null as current
            from snapshots s
            join profiles p on p.id = s.profile_id
            left join usable_snapshots u
                on u.profile_id = s.profile_id and u.version = s.version and u.snapshot_id = s.id
            """;

    private final JdbcClient jdbc;
    private final Clock clock;

    SnapshotStore(JdbcClient jdbc, Clock clock) {
        this.jdbc = jdbc;
        this.clock = clock;
    }

    /**
     * Records a captured image.
     *
     * @param capturedBy number of the attempt whose image it is
     */
    void insert(Attempt attempt, String dataDirectory, BaseImage base, ImageId image, int capturedBy) {
        jdbc.sql("""
                        insert into snapshots (id, organization_id, profile_id, version, job_id, data_directory, plan_digest,
                            base_image, base_image_digest, created_at, attempt, parent, ancestors, inputs, fingerprint,
                            allowed_secrets)
                        select :id, :organization, v.profile_id, v.number, :job, :directory, v.plan_digest, :base, :digest, :now,
                            a.attempt, a.parent, coalesce(p.ancestors + 1, 0), a.inputs, a.fingerprint,
                            a.allowed_secrets
                        from profile_versions v
                        join snapshot_attempts a on a.job_id = :job and a.attempt = :attempt
                        left join snapshots p on p.id = a.parent
                        where v.profile_id = :profile and v.number = :version
                        """)
                .param("attempt", capturedBy)
                .param("id", image.value())
                .param("organization", attempt.organization())
                .param("job", attempt.jobId())
                .param("directory", dataDirectory)
                .param("base", base.image().value())
                .param("digest", base.digest())
                .param("now", Rows.time(clock.instant()))
                .param("profile", attempt.profileId())
                .param("version", attempt.version())
                .update();
    }

    /** From now on new sessions of the version start from it. */
    void use(Attempt attempt, ImageId image) {
        jdbc.sql("""
                        insert into usable_snapshots (profile_id, version, snapshot_id, since)
                        values (:profile, :version, :id, :now)
                        on conflict (profile_id, version) do update set snapshot_id = excluded.snapshot_id, since = excluded.since
                        """)
                .param("profile", attempt.profileId())
                .param("version", attempt.version())
                .param("id", image.value())
                .param("now", Rows.time(clock.instant()))
                .update();
    }

    /** What a maintenance build stands on. */
    record Foundation(ImageId image, BaseImage base, int ancestors, Optional<String> fingerprint) {}

    /** The usable snapshot of a version as something to build on, if it is in this data directory. */
    Optional<Foundation> foundation(String profileId, int version, String dataDirectory) {
        return jdbc.sql("""
                        select s.id, s.base_image, s.base_image_digest, s.ancestors, s.fingerprint
                        from usable_snapshots u join snapshots s on s.id = u.snapshot_id
                        where u.profile_id = :profile and u.version = :version and s.data_directory = :directory
                        """)
                .param("profile", profileId)
                .param("version", version)
                .param("directory", dataDirectory)
                .query((row, number) -> new Foundation(
                        new ImageId(row.getString("id")),
                        new BaseImage(new ImageId(row.getString("base_image")), row.getString("base_image_digest")),
                        row.getInt("ancestors"),
                        Rows.optionalText(row, "fingerprint")))
                .optional();
    }

    /** The usable snapshot of a version; of the newest version that has one when none is named. */
    Optional<UsableSnapshot> usable(String profileId, OptionalInt version) {
        return jdbc.sql("""
                        select s.id, s.version, s.plan_digest, s.data_directory
                        from usable_snapshots u join snapshots s on s.id = u.snapshot_id
                        where u.profile_id = :profile and u.version between :from and :to
                        order by u.version desc limit 1
                        """)
                .param("profile", profileId)
                .param("from", version.orElse(0))
                .param("to", version.orElse(Integer.MAX_VALUE))
                .query((row, number) -> new UsableSnapshot(
                        row.getString("id"),
                        row.getInt("version"),
                        row.getString("plan_digest"),
                        row.getString("data_directory")))
                .optional();
    }

    /** Usable snapshots of a profile by version. */
    Map<Integer, String> usableOf(String profileId) {
        Map<Integer, String> byVersion = new HashMap<>();
        jdbc.sql("select version, snapshot_id from usable_snapshots where profile_id = :profile")
                .param("profile", profileId)
                .query((row, number) -> byVersion.put(row.getInt("version"), row.getString("snapshot_id")))
                .list();
        return byVersion;
    }

    /** The newest usable version of each profile that has one. */
    Map<String, Integer> usableVersions(Collection<String> profileIds) {
        Map<String, Integer> byProfile = new HashMap<>();
        jdbc.sql("""
                        select profile_id, max(version) as version from usable_snapshots
                        where profile_id = any (:ids) group by profile_id
                        """)
                .param("ids", profileIds.toArray(String[]::new))
                .query((row, number) -> byProfile.put(row.getString("profile_id"), row.getInt("version")))
                .list();
        return byProfile;
    }

    List<Snapshot> list(String organization, Optional<String> profileId, PageRequest page) {
        JdbcClient.StatementSpec query = jdbc.sql(SNAPSHOTS
                        + " where s.organization_id = :organization and s.released_at is null and s.id < :before"
                        + (profileId.isPresent() ? " and s.profile_id = :profile" : "")
                        + " order by s.id desc limit :limit")
                .param("organization", organization)
                .param("before", page.after().orElse(AFTER_ALL))
                .param("limit", page.fetch());
        if (profileId.isPresent()) {
            query = query.param("profile", profileId.get());
        }
        return query.query(SnapshotStore::snapshot).list();
    }

    /** One that is kept. */
    Optional<Snapshot> find(String organization, String id) {
        return jdbc.sql(SNAPSHOTS + " where s.organization_id = :organization and s.released_at is null and s.id = :id")
                .param("organization", organization)
                .param("id", id)
                .query(SnapshotStore::snapshot)
                .optional();
    }

    /** What one was made from; empty for one that was made before that was written down. */
    Optional<SnapshotInputs> inputs(String id) {
        return jdbc.sql("select fingerprint, inputs from snapshots where id = :id and inputs is not null")
                .param("id", id)
                .query((row, number) -> SnapshotInputs.read(row.getString("fingerprint"), row.getString("inputs")))
                .optional();
    }

    /** What one holds although it looks like a secret, with what it got from those that maintenance built it on. */
    List<AllowedSecret> allowedSecrets(String id) {
        return jdbc
                .sql("""
                        with recursive chain (parent, allowed_secrets) as (
                            select parent, allowed_secrets from snapshots where id = :id
                            union all
                            select s.parent, s.allowed_secrets from chain c join snapshots s on s.id = c.parent)
                        select allowed_secrets from chain where allowed_secrets is not null
                        """)
                .param("id", id)
                .query((row, number) -> AllowedSecrets.read(row.getString("allowed_secrets")))
                .list()
                .stream()
                .flatMap(List::stream)
                .distinct()
                .toList();
    }

    /** From now on new sessions of its version start from {@code id}; one row. Repeating it changes nothing. */
    boolean rollback(Snapshot to) {
        return jdbc.sql("""
                        update usable_snapshots set snapshot_id = :id, since = :now
                        where profile_id = :profile and version = :version and snapshot_id <> :id
                        """)
                        .param("id", to.id())
                        .param("now", Rows.time(clock.instant()))
                        .param("profile", to.profileId())
                        .param("version", to.version())
                        .update()
                == 1;
    }

    /** Pins one that is kept; the first pin's time and reason stay. */
    boolean pin(String id, String by, String reason) {
        return jdbc.sql("""
                        update snapshots set pinned_at = :now, pinned_by = :by, pin_reason = :reason
                        where id = :id and pinned_at is null and released_at is null
                        """)
                        .param("now", Rows.time(clock.instant()))
                        .param("by", by)
                        .param("reason", reason)
                        .param("id", id)
                        .update()
                == 1;
    }

    /** The reverse of {@link #pin}. */
    boolean unpin(String id) {
        return jdbc.sql("""
                        update snapshots set pinned_at = null, pinned_by = null, pin_reason = null
                        where id = :id and pinned_at is not null
                        """).param("id", id).update() == 1;
    }

    /** Records what it takes. */
    void ownBytes(String id, long bytes) {
        jdbc.sql("update snapshots set own_bytes = :bytes where id = :id")
                .param("bytes", bytes)
                .param("id", id)
                .update();
    }

    /**
     * Snapshots of a deleted profile are not needed any more: their images may go, except for those that kept volumes of deleted
     * sessions stand on, which go when those have gone.
     */
    void release(String profileId) {
        jdbc.sql("delete from usable_snapshots where profile_id = :profile")
                .param("profile", profileId)
                .update();
        jdbc.sql("""
                        with gone as (
                            update snapshots set released_at = :now, pinned_at = null, pinned_by = null, pin_reason = null
                            where profile_id = :profile and released_at is null
                              and not exists (select 1 from sandboxes b join volumes v on v.sandbox_id = b.id
                                              where b.snapshot_id = snapshots.id and v.state <> 'deleted')
                            returning id, organization_id, profile_id, version, data_directory)
                        insert into image_removals (image, organization_id, profile_id, version, data_directory, reason,
                            explanation, allowed_at)
                        select id, organization_id, profile_id, version, data_directory, 'profile_deleted',
                            'its profile was deleted, and had no sessions', :now from gone
                        """)
                .param("now", Rows.time(clock.instant()))
                .param("profile", profileId)
                .update();
    }

    /** Deleted profiles that have snapshots which are not released. */
    List<String> deletedProfilesWithSnapshots() {
        return jdbc.sql("""
                        select distinct s.profile_id from snapshots s join profiles p on p.id = s.profile_id
                        where p.deleted_at is not null and s.released_at is null
                        """).query((row, number) -> row.getString("profile_id")).list();
    }

    /** What the snapshots of each profile take by themselves, of every organization, most first. */
    List<SnapshotSpace> space(String dataDirectory) {
        return jdbc.sql("""
                        select o.name as organization, p.name as profile, count(*) as snapshots, sum(s.own_bytes) as bytes,
                            count(*) filter (where s.own_bytes is null) as unmeasured
                        from snapshots s
                            join profiles p on p.id = s.profile_id
                            join organizations o on o.id = s.organization_id
                        where s.data_directory = :directory and s.removed_at is null
                        group by o.id, o.name, p.id, p.name
                        order by sum(s.own_bytes) desc nulls last, p.name
                        """)
                .param("directory", dataDirectory)
                .query((row, number) -> new SnapshotSpace(
                        row.getString("organization"),
                        row.getString("profile"),
                        row.getInt("snapshots"),
                        row.getLong("bytes"),
                        row.getInt("unmeasured")))
                .list();
    }

    /** Released snapshots whose image may still exist. */
    List<ImageId> releasedImages(String dataDirectory) {
        return jdbc.sql("""
                        select id from snapshots
                        where data_directory = :directory and released_at is not null and removed_at is null
                        """)
                .param("directory", dataDirectory)
                .query((row, number) -> new ImageId(row.getString("id")))
                .list();
    }

    /** Images that must exist. */
    List<String> images(String dataDirectory) {
        return jdbc.sql("select id from snapshots where data_directory = :directory and removed_at is null")
                .param("directory", dataDirectory)
                .query((row, number) -> row.getString("id"))
                .list();
    }

    private static Optional<Snapshot.Pin> pin(ResultSet row) throws SQLException {
        Optional<Instant> at = Rows.optionalInstant(row, "pinned_at");
        return at.isEmpty()
                ? Optional.empty()
                : Optional.of(new Snapshot.Pin(at.get(), row.getString("pinned_by"), row.getString("pin_reason")));
    }

    private static Snapshot snapshot(ResultSet row, int number) throws SQLException {
        return new Snapshot(
                row.getString("id"),
                row.getString("organization_id"),
                row.getString("profile_id"),
                row.getString("profile_name"),
                row.getInt("version"),
                row.getString("job_id"),
                row.getString("data_directory"),
                row.getString("plan_digest"),
                row.getString("base_image_digest"),
                Rows.instant(row, "created_at"),
                Rows.optionalText(row, "parent"),
                row.getObject("own_bytes") == null ? OptionalLong.empty() : OptionalLong.of(row.getLong("own_bytes")),
                pin(row),
                row.getBoolean("current"));
    }
}
