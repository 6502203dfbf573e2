package dev.sandkeep.server.platform.database;

import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Asks the database what it takes. */
@Component
public final class DatabaseSizes {
    private final JdbcClient jdbc;

    DatabaseSizes(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * Asks now.
     *
     * @param tables how many tables to name at most
     */
    public DatabaseSize now(int tables) {
        List<DatabaseSize.Table> largest = jdbc.sql("""
                        select relname, pg_total_relation_size(oid) as bytes from pg_class
                        where relkind = 'r' and relnamespace = current_schema()::regnamespace
                        order by pg_total_relation_size(oid) desc limit :tables
                        """)
                .param("tables", tables)
                .query((row, number) -> new DatabaseSize.Table(row.getString("relname"), row.getLong("bytes")))
                .list();
        long bytes = jdbc.sql("select pg_database_size(current_database())")
                .query(Long.class)
                .single();
        return new DatabaseSize(bytes, largest);
    }
}
