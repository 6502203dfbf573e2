package dev.sandkeep.server.events;

import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.errors.ValidationErrors;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;

/**
 * Which entries of the audit log are wanted; what is empty narrows nothing.
 *
 * @param actor id of the member or service account who did it
 * @param action what was done, such as {@code role_changed}
 * @param subject id of what it was done to
 * @param from the first moment
 * @param to the moment after the last one
 */
public record AuditFilter(
        Optional<String> actor,
        Optional<String> action,
        Optional<String> subject,
        Optional<Instant> from,
        Optional<Instant> to) {
    /** Everything. */
    public static final AuditFilter NONE =
            new AuditFilter(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /** By how much the clock of a server may have been set while ids, which tell the time, were made. */
    private static final Duration CLOCK_SET = Duration.ofDays(1);

    private static final int LONGEST = 200;

    /**
     * From texts as requests carry them.
     *
     * @param from a moment, or a day, which begins at 00:00 UTC
     * @param to as {@code from}
     * @throws dev.sandkeep.server.platform.errors.SandkeepException {@code validation_failed}
     */
    public static AuditFilter of(
            Optional<String> actor,
            Optional<String> action,
            Optional<String> subject,
            Optional<String> from,
            Optional<String> to) {
        ValidationErrors errors = new ValidationErrors();
        AuditFilter filter = new AuditFilter(
                text(actor, "actor", errors),
                text(action, "action", errors),
                text(subject, "subject", errors),
                given(from).flatMap(text -> moment(text, "from", errors)),
                given(to).flatMap(text -> moment(text, "to", errors)));
        errors.throwIfAny();
        return filter;
    }

    private static Optional<String> given(Optional<String> value) {
        return value.map(String::strip).filter(text -> !text.isEmpty());
    }

    private static Optional<String> text(Optional<String> value, String field, ValidationErrors errors) {
        Optional<String> given = given(value);
        given.ifPresent(text -> errors.check(
                text.length() <= LONGEST && text.indexOf('\0') < 0,
                field,
                "malformed",
                field + " must have at most " + LONGEST + " characters"));
        return given;
    }

    private static Optional<Instant> moment(String text, String field, ValidationErrors errors) {
        try {
            return Optional.of(
                    text.length() == "2026-01-31".length()
                            ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                            : OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeParseException malformed) {
            errors.add(field, "malformed", field + " must be a day (2026-01-31) or a moment (2026-01-31T09:00:00Z)");
            return Optional.empty();
        }
    }

    /**
     * As conditions on {@code audit_log}, each with an index that begins with the organization and ends with the id. That ids tell
     * the time bounds what is looked at between two moments.
     */
    String conditions() {
        StringBuilder sql = new StringBuilder();
        actor.ifPresent(any -> sql.append(" and actor = :actor"));
        action.ifPresent(any -> sql.append(" and action = :action"));
        subject.ifPresent(any -> sql.append(" and subject_id = :subject"));
        from.ifPresent(any -> sql.append(" and id >= :firstId and at >= :from"));
        to.ifPresent(any -> sql.append(" and id < :endId and at < :to"));
        return sql.toString();
    }

    /** Gives the conditions their values. */
    StatementSpec bind(StatementSpec statement) {
        StatementSpec bound = statement;
        if (actor.isPresent()) {
            bound = bound.param("actor", actor.get());
        }
        if (action.isPresent()) {
            bound = bound.param("action", action.get());
        }
        if (subject.isPresent()) {
            bound = bound.param("subject", subject.get());
        }
        if (from.isPresent()) {
            bound = bound.param("from", Rows.time(from.get()))
                    .param("firstId", Ids.first(Ids.Kind.AUDIT_ENTRY, from.get().minus(CLOCK_SET)));
        }
        if (to.isPresent()) {
            bound = bound.param("to", Rows.time(to.get()))
                    .param("endId", Ids.first(Ids.Kind.AUDIT_ENTRY, to.get().plus(CLOCK_SET)));
        }
        return bound;
    }
}
