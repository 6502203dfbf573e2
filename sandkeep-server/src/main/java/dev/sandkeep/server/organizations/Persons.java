package dev.sandkeep.server.organizations;

import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Caller;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Optional;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** People, whatever organizations they are in. */
@Component
public final class Persons {
    private static final String PERSONS =
            "select p.id, p.name, p.email, p.email_verified_at is not null as verified from people p ";

    private final JdbcClient jdbc;
    private final Clock clock;
    private final People people;

    Persons(JdbcClient jdbc, Clock clock, People people) {
        this.jdbc = jdbc;
        this.clock = clock;
        this.people = people;
    }

    /** One of them. */
    public Person find(String id) {
        return jdbc.sql(PERSONS + "where p.id = :id")
                .param("id", id)
                .query(Persons::person)
                .optional()
                .orElseThrow(() -> SandkeepException.notFound("person", id));
    }

    /** The one with this e-mail address, in whatever letter case. */
    public Optional<Person> withEmail(String email) {
        return jdbc.sql(PERSONS + "where lower(p.email) = lower(:email)")
                .param("email", email)
                .query(Persons::person)
                .optional();
    }

    /**
     * The person behind a caller.
     *
     * @throws SandkeepException {@code person_needed} for a service account
     */
    public Person behind(Caller caller) {
        return find(people.person(caller));
    }

    /**
     * The person who is a member of the caller's organization.
     *
     * @throws SandkeepException {@code not_found}
     */
    public Person ofMember(Caller caller, String memberId) {
        return jdbc.sql(PERSONS + """
                        join members m on m.person_id = p.id and m.removed_at is null
                        where m.id = :member and m.organization_id = :organization
                        """)
                .param("member", memberId)
                .param("organization", caller.organizationId())
                .query(Persons::person)
                .optional()
                .orElseThrow(() -> SandkeepException.notFound("member", memberId));
    }

    /** The person who is, or was, a member. */
    public Person ofMember(String memberId) {
        return jdbc.sql(PERSONS + "join members m on m.person_id = p.id where m.id = :member")
                .param("member", memberId)
                .query(Persons::person)
                .single();
    }

    /** Who owns the organization that operates the server, for the longest. */
    public Optional<Person> firstOwner() {
        return jdbc.sql(PERSONS + """
                        join members m on m.person_id = p.id and m.removed_at is null and m.role = 'owner'
                        join organizations o on o.id = m.organization_id and o.operates_server
                        order by m.created_at, m.id limit 1
                        """).query(Persons::person).optional();
    }

    /**
     * Makes somebody new, who is a member of nothing yet.
     *
     * @return its id
     */
    public String create(String name) {
        return people.newPerson(name);
    }

    /**
     * Gives a person another address.
     *
     * @param verified whether the person has shown to be the one who reads mail there
     * @throws SandkeepException {@code email_taken}
     */
    public void setEmail(String id, String email, boolean verified) {
        try {
            jdbc.sql("""
                            update people set email = :email,
                                email_verified_at = case when :verified then cast(:now as timestamptz)
                                                         when lower(email) = lower(:email) then email_verified_at end
                            where id = :id
                            """)
                    .param("email", email)
                    .param("verified", verified)
                    .param("now", Rows.time(clock.instant()))
                    .param("id", id)
                    .update();
        } catch (DuplicateKeyException taken) {
            throw new SandkeepException(ProblemCode.EMAIL_TAKEN, "Somebody else has the address '" + email + "'.")
                    .causedBy(taken);
        }
    }

    /** Gives a person another name, also where it is a member under the old one. */
    public void rename(String id, String name) {
        try {
            jdbc.sql("""
                            update members m set name = :name from people p
                            where p.id = :id and m.person_id = p.id and m.name = p.name and m.removed_at is null
                            """).param("name", name).param("id", id).update();
        } catch (DuplicateKeyException taken) {
            throw new SandkeepException(ProblemCode.MEMBER_NAME_TAKEN, "There is a member '" + name + "' already.")
                    .causedBy(taken);
        }
        jdbc.sql("update people set name = :name where id = :id")
                .param("name", name)
                .param("id", id)
                .update();
    }

    private static Person person(ResultSet row, int number) throws SQLException {
        return new Person(
                row.getString("id"),
                row.getString("name"),
                Rows.optionalText(row, "email"),
                row.getBoolean("verified"));
    }
}
