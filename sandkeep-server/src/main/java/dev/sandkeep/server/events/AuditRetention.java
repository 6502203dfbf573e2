package dev.sandkeep.server.events;

import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Every six hours, entries of the audit log are removed that are old enough. */
@Configuration(proxyBeanMethods = false)
class AuditRetention {
    private static final Logger LOG = LoggerFactory.getLogger(AuditRetention.class);

    @Bean
    Task<Void> forgetOldAuditEntriesTask(AuditLog log, SandkeepProperties properties) {
        return Tasks.recurring("forget-old-audit-entries", FixedDelay.ofHours(6))
                .execute((instance, context) -> {
                    int removed = log.forgetOlderThan(properties.auditRetention());
                    if (removed > 0) {
                        LOG.info("event=audit_entries_removed count={}", removed);
                    }
                });
    }
}
