package dev.sandkeep.server.organizations;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.SQLExceptionTranslator;
import org.springframework.stereotype.Component;

/**
 * What the database refuses because a quota is used up ends as {@code quota_exceeded}, whichever statement it was: the features that
 * make what is counted need not know.
 */
@Component
final class QuotaRefusals implements SQLExceptionTranslator {
    /** As the trigger {@code refuse_beyond_quota} names the constraint. */
    private static final String CONSTRAINT = "quota_";

    private final SQLExceptionTranslator otherwise;

    QuotaRefusals(JdbcTemplate jdbc) {
        this.otherwise = jdbc.getExceptionTranslator();
        jdbc.setExceptionTranslator(this);
    }

    /** @throws SandkeepException when it is a quota */
    @Override
    public @Nullable DataAccessException translate(String task, @Nullable String sql, SQLException failure) {
        if (failure instanceof PSQLException refused && refused.getServerErrorMessage() != null) {
            String constraint = refused.getServerErrorMessage().getConstraint();
            String detail = refused.getServerErrorMessage().getDetail();
            if (constraint != null && detail != null && constraint.startsWith(CONSTRAINT)) {
                throw exceeded(Quota.of(constraint.substring(CONSTRAINT.length())), detail, failure);
            }
        }
        return otherwise.translate(task, sql, failure);
    }

    /** @param detail how many there are, and how many there may be */
    private static SandkeepException exceeded(Quota quota, String detail, SQLException failure) {
        String[] numbers = detail.split(" ", -1);
        long used = Long.parseLong(numbers[0]);
        long limit = Long.parseLong(numbers[1]);
        return new SandkeepException(
                        ProblemCode.QUOTA_EXCEEDED,
                        "The organization has " + used + " " + quota.counted() + ", and may have " + limit + ".",
                        quota.relief() + ", or have the quota " + quota.text()
                                + " raised: sandkeep quota show says who set it.")
                .with("quota", quota.text())
                .with("limit", limit)
                .with("used", used)
                .causedBy(failure);
    }
}
