package dev.sandkeep.server.organizations;

import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Credential;
import dev.sandkeep.server.platform.security.Role;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The rows of people and members. */
@Component
class People {
    private static final String MEMBERS =
            "select id, name, role, created_at from members where removed_at is null and ";

    private final JdbcClient jdbc;
    private final Ids ids;
    private final Clock clock;

    People(JdbcClient jdbc, Ids ids, Clock clock) {
        this.jdbc = jdbc;
        this.ids = ids;
        this.clock = clock;
    }

    /**
     * Lets one change of an organization's people at a time through, in the present transaction, and makes sure that the caller
     * still is what it was when the request came in.
     */
    void lock(Caller caller) {
        // Not "for update": rows that refer to the organization, of others and of this transaction, must not wait for
        // it.
        Optional<Integer> there = jdbc.sql(
                        "select 1 from organizations where id = :id and deleted_at is null for no key update")
                .param("id", caller.organizationId())
                .query(Integer.class)
                .optional();
        if (there.isEmpty()) {
            throw SandkeepException.notFound("organization", caller.organizationId());
        }
        Optional<Role> now = jdbc.sql("""
                        select role from members where id = :actor and removed_at is null
                        union all
                        select role from service_accounts where id = :actor and removed_at is null
                        """)
                .param("actor", caller.actor())
                .query(String.class)
                .optional()
                .map(Role::of);
        if (!now.equals(caller.credential().map(Credential::role))) {
            throw new SandkeepException(
                    ProblemCode.FORBIDDEN,
                    "The caller's role has just changed.",
                    "Repeat the request if it still may.");
        }
    }

    List<Member> members(String organization) {
        return jdbc.sql(MEMBERS + "organization_id = :organization order by name")
                .param("organization", organization)
                .query(People::member)
                .list();
    }

    Member member(String organization, String id) {
        return jdbc.sql(MEMBERS + "organization_id = :organization and id = :id")
                .param("organization", organization)
                .param("id", id)
                .query(People::member)
                .optional()
                .orElseThrow(() -> SandkeepException.notFound("member", id));
    }

    /** The organization that operates the server. */
    String operator() {
        return jdbc.sql("select id from organizations where operates_server")
                .query(String.class)
                .single();
    }

    /** As which member a person is in an organization. */
    Optional<Member> memberOf(String organization, String person) {
        return jdbc.sql(MEMBERS + "organization_id = :organization and person_id = :person")
                .param("organization", organization)
                .param("person", person)
                .query(People::member)
                .optional();
    }

    /** {@code name}, with a number behind it when a member has it already. */
    String freeName(String organization, String name) {
        List<String> taken = members(organization).stream().map(Member::name).toList();
        String free = name;
        for (int number = 2; taken.contains(free); number++) {
            free = name + " " + number;
        }
        return free;
    }

    int owners(String organization) {
        return jdbc.sql("""
                        select count(*) from members
                        where organization_id = :organization and role = 'owner' and removed_at is null
                        """)
                .param("organization", organization)
                .query(Integer.class)
                .single();
    }

    /** The person behind a caller; empty for a service account. */
    Optional<String> personOf(Caller caller) {
        return jdbc.sql("select person_id from members where id = :id")
                .param("id", caller.actor())
                .query(String.class)
                .optional();
    }

    /** The person behind a caller. */
    String person(Caller caller) {
        return personOf(caller)
                .orElseThrow(() -> new SandkeepException(
                        ProblemCode.PERSON_NEEDED, "'" + caller.actor() + "' is a service account."));
    }

    String newPerson(String name) {
        String id = ids.next(Ids.Kind.PERSON);
        jdbc.sql("insert into people (id, name, created_at) values (:id, :name, :now)")
                .param("id", id)
                .param("name", name)
                .param("now", Rows.time(clock.instant()))
                .update();
        return id;
    }

    /** Makes a person a member. */
    Member join(String organization, String person, String name, Role role) {
        boolean member = jdbc.sql("""
                        select exists (select 1 from members
                        where organization_id = :organization and person_id = :person and removed_at is null)
                        """)
                .param("organization", organization)
                .param("person", person)
                .query(Boolean.class)
                .single();
        if (member) {
            throw new SandkeepException(ProblemCode.ALREADY_MEMBER, "The person is a member already.");
        }
        String id = ids.next(Ids.Kind.MEMBER);
        try {
            jdbc.sql("""
                            insert into members (id, organization_id, person_id, name, role, created_at)
                            values (:id, :organization, :person, :name, :role, :now)
                            """)
                    .param("id", id)
                    .param("organization", organization)
                    .param("person", person)
                    .param("name", name)
                    .param("role", role.text())
                    .param("now", Rows.time(clock.instant()))
                    .update();
        } catch (DuplicateKeyException taken) {
            throw new SandkeepException(ProblemCode.MEMBER_NAME_TAKEN, "There is a member '" + name + "' already.")
                    .causedBy(taken);
        }
        return member(organization, id);
    }

    void setRole(String member, Role role) {
        jdbc.sql("update members set role = :role where id = :id")
                .param("role", role.text())
                .param("id", member)
                .update();
    }

    /** Leaves the row for what names it. */
    void remove(String member) {
        jdbc.sql("update members set removed_at = :now where id = :id")
                .param("now", Rows.time(clock.instant()))
                .param("id", member)
                .update();
    }

    private static Member member(ResultSet row, int number) throws SQLException {
        return new Member(
                row.getString("id"),
                row.getString("name"),
                Role.of(row.getString("role")),
                Rows.instant(row, "created_at"));
    }
}
