package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.spi.ImageId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Rows of {@code image_removals}: the ledger of what was removed, and why it was allowed. */
@Repository
class RemovalStore {
    private final JdbcClient jdbc;
    private final Clock clock;

    RemovalStore(JdbcClient jdbc, Clock clock) {
        this.jdbc = jdbc;
        this.clock = clock;
    }

    /** It may go; what is needed to say so was checked in the same transaction. */
    void allowed(ImageId image, String dataDirectory, ImageRemoval.Reason reason, String explanation) {
        jdbc.sql("""
                        insert into image_removals (image, organization_id, profile_id, version, data_directory, reason,
                            explanation, allowed_at)
                        select :image, s.organization_id, s.profile_id, s.version, :directory, :reason, :explanation, :now
                        from (select :image as id) i left join snapshots s on s.id = i.id
                        on conflict (image) do update set reason = excluded.reason, explanation = excluded.explanation,
                            allowed_at = excluded.allowed_at, removed_at = null, failure = null
                        """)
                .param("image", image.value())
                .param("directory", dataDirectory)
                .param("reason", reason.text())
                .param("explanation", explanation)
                .param("now", Rows.time(clock.instant()))
                .update();
    }

    /** What its snapshot was measured to take by itself. */
    OptionalLong storedBytes(ImageId image) {
        return jdbc.sql("select own_bytes from snapshots where id = :image and own_bytes is not null")
                .param("image", image.value())
                .query(Long.class)
                .optional()
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
    }

    /** It is gone, of the host and so of its snapshot's row. */
    void removed(ImageId image, OptionalLong bytes) {
        jdbc.sql("update snapshots set removed_at = :now where id = :image and removed_at is null")
                .param("now", Rows.time(clock.instant()))
                .param("image", image.value())
                .update();
        jdbc.sql("""
                        update image_removals set removed_at = :now, failure = null, bytes = coalesce(bytes, :bytes::bigint)
                        where image = :image and removed_at is null
                        """)
                .param("now", Rows.time(clock.instant()))
                .param("bytes", bytes.isPresent() ? (Long) bytes.getAsLong() : null)
                .param("image", image.value())
                .update();
    }

    /** It is still there. */
    void failed(ImageId image, String why) {
        jdbc.sql("update image_removals set failure = :why where image = :image and removed_at is null")
                .param("why", why)
                .param("image", image.value())
                .update();
    }

    /** The newest of an organization, and of what belongs to the installation, newest first. */
    List<ImageRemoval> newest(String organization, String dataDirectory, int limit) {
        return jdbc.sql("""
                        select r.*, p.name as profile_name from image_removals r left join profiles p on p.id = r.profile_id
                        where r.organization_id = :organization
                           or (r.organization_id is null and r.data_directory = :directory)
                        order by r.allowed_at desc, r.image desc limit :limit
                        """)
                .param("organization", organization)
                .param("directory", dataDirectory)
                .param("limit", limit)
                .query(RemovalStore::removal)
                .list();
    }

    private static ImageRemoval removal(ResultSet row, int number) throws SQLException {
        long bytes = row.getLong("bytes");
        OptionalLong known = row.wasNull() ? OptionalLong.empty() : OptionalLong.of(bytes);
        return new ImageRemoval(
                row.getString("image"),
                Rows.optionalText(row, "profile_name"),
                row.getObject("version") == null ? OptionalInt.empty() : OptionalInt.of(row.getInt("version")),
                ImageRemoval.Reason.valueOf(row.getString("reason").toUpperCase(java.util.Locale.ROOT)),
                row.getString("explanation"),
                known,
                Rows.instant(row, "allowed_at"),
                Rows.optionalInstant(row, "removed_at"),
                Optional.ofNullable(row.getString("failure")));
    }
}
