package dev.sandkeep.server.accounts;

import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import dev.sandkeep.server.platform.database.Rows;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Every six hours, what lets nobody in any more is removed. */
@Configuration(proxyBeanMethods = false)
class AccountUpkeep {
    /** How long what has ended is kept, for whoever looks what happened. */
    private static final Duration KEPT = Duration.ofDays(30);

    private record Over(Duration kept, String sql) {}

    private static final List<Over> OVER = List.of(
            new Over(KEPT, "delete from web_sessions where expires_at < :limit or ended_at < :limit"),
            new Over(KEPT, "delete from sign_in_links where expires_at < :limit"),
            new Over(Duration.ZERO, "delete from sign_in_challenges where expires_at < :limit"),
            new Over(Duration.ZERO, "delete from known_browsers where expires_at < :limit"),
            new Over(Duration.ZERO, "delete from openid_requests where expires_at < :limit"),
            new Over(
                    SignInLimits.FORGOTTEN,
                    "delete from sign_in_failures where greatest(last_at, blocked_until) < :limit"));

    @Bean
    Task<Void> forgetOldSignInsTask(JdbcClient jdbc, Clock clock) {
        return Tasks.recurring("forget-old-sign-ins", FixedDelay.ofHours(6))
                .execute((instance, context) -> forget(jdbc, clock.instant()));
    }

    static void forget(JdbcClient jdbc, Instant now) {
        for (Over over : OVER) {
            jdbc.sql(over.sql())
                    .param("limit", Rows.time(now.minus(over.kept())))
                    .update();
        }
    }
}
