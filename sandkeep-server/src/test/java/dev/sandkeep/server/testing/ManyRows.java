package dev.sandkeep.server.testing;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Fills an organization with copies of what it has, so that pages and lists can be tried at the size of a large team. The copies
 * are rows of another machine: nothing here looks after them, or misses what they name.
 */
public final class ManyRows {
    /** The machine that all copies say they are on. */
    private static final String ELSEWHERE = "another-machine";

    private final JdbcClient jdbc;
    private final String organization;

    public ManyRows(JdbcClient jdbc, String organization) {
        this.jdbc = jdbc;
        this.organization = organization;
    }

    /** As many copies of a profile, each with its published version, the job that built its snapshot, and the snapshot. */
    public void copyProfile(String name, int copies) {
        copy("profiles", "p.name = '" + name + "'", copies, """
                'id', %s, 'name', 'many-' || i""".formatted(id("prf", "i")));
        copy("profile_versions", "p.profile_id = " + profile(name), copies, """
                'profile_id', %s""".formatted(id("prf", "i")));
        copy("snapshot_jobs", "p.profile_id = " + profile(name), copies, """
                'id', %s, 'profile_id', %s, 'snapshot_id', %s, 'data_directory', '%s'""".formatted(
                        id("job", "i"), id("prf", "i"), id("snp", "i"), ELSEWHERE));
        copy("snapshots", "p.profile_id = " + profile(name), copies, """
                'id', %s, 'profile_id', %s, 'job_id', %s, 'data_directory', '%s'""".formatted(
                        id("snp", "i"), id("prf", "i"), id("job", "i"), ELSEWHERE));
        copy("usable_snapshots", "p.profile_id = " + profile(name), copies, """
                'profile_id', %s, 'snapshot_id', %s""".formatted(
                        id("prf", "i"), id("snp", "i")));
    }

    /** As many copies of a stopped persistent session, spread over the copies of profiles, with four events each. */
    public void copySession(String name, int copies, int profiles) {
        String session = "(select id from sessions where organization_id = :organization and name = '" + name + "')";
        String sandbox = "(select id from sandboxes where session_id = " + session + ")";
        String ofProfile = id("prf", "1 + i %% %d".formatted(profiles));
        String ofSnapshot = id("snp", "1 + i %% %d".formatted(profiles));
        copy("sessions", "p.id = " + session, copies, """
                'id', %s, 'name', 'many-' || i, 'profile_id', %s""".formatted(id("ses", "i"), ofProfile));
        copy("sandboxes", "p.session_id = " + session, copies, """
                'id', %s, 'session_id', %s, 'profile_id', %s, 'snapshot_id', %s, 'data_directory', '%s',
                'state', case i %% 10 when 0 then 'running' when 1 then 'failed' else 'stopped' end,
                'failure_code', case i %% 10 when 1 then 'ephemeral_state_lost' end,
                'failure_message', case i %% 10 when 1 then 'Its compute is gone.' end,
                'failure_next_step', case i %% 10 when 1 then 'Start another one.' end""".formatted(
                        id("sbx", "i"), id("ses", "i"), ofProfile, ofSnapshot, ELSEWHERE));
        copy("volumes", "p.sandbox_id = " + sandbox, copies, """
                'id', %s, 'sandbox_id', %s, 'data_directory', '%s'""".formatted(id("vol", "i"), id("sbx", "i"), ELSEWHERE));
        for (String event : new String[] {"a", "b", "c", "d"}) {
            jdbc.sql("""
                            with made as (
                                insert into events (id, organization_id, at, actor, subject_type, subject_id, action, from_state,
                                    to_state, detail)
                                select %s, :organization, now(), 'system', 'sandbox', %s, 'stopped', 'stopping', 'stopped', ''
                                from generate_series(1, :copies) i
                                returning id, subject_id, transaction, seq)
                            insert into event_subjects (subject_id, transaction, seq, event_id)
                            select subject_id, transaction, seq, id from made
                            """.formatted(id("evt", "'" + event + "' || i"), id("sbx", "i")))
                    .param("organization", organization)
                    .param("copies", copies)
                    .update();
        }
    }

    /** As many copies of each entry that the organization's audit log has. */
    public void copyAudit(int copies) {
        copy("audit_log", "true", copies, "'id', " + id("aud", "p.id || i"));
    }

    /** Lets the database know how much there is now, as it finds out by itself after some minutes. */
    public void analyze() {
        jdbc.sql("analyze").update();
    }

    private void copy(String table, String which, int copies, String changes) {
        String own = table.equals("profile_versions") || table.equals("usable_snapshots")
                ? ""
                : " and p.organization_id = :organization";
        jdbc.sql("""
                        insert into %s
                        select (jsonb_populate_record(p, jsonb_build_object(%s))).*
                        from %s p, generate_series(1, :copies) i where %s%s
                        """.formatted(table, changes, table, which, own))
                .param("organization", organization)
                .param("copies", copies)
                .update();
    }

    private static String profile(String name) {
        return "(select id from profiles where organization_id = :organization and name = '" + name + "')";
    }

    /** The id of a copy: the same for the same number, and none that another organization's copies have. */
    private static String id(String prefix, String number) {
        return "'%s_' || substr(md5(:organization || (%s)), 1, 26)".formatted(prefix, number);
    }
}
