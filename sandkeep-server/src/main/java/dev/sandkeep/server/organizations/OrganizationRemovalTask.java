package dev.sandkeep.server.organizations;

import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.data.DataDirectory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** As often as running sandboxes are looked after, one server of each data directory looks after deleted organizations. */
@Configuration(proxyBeanMethods = false)
class OrganizationRemovalTask {
    @Bean
    Task<Void> removeOrganizationsTask(OrganizationRemoval removal, DataDirectory data, SandkeepProperties properties) {
        return Tasks.recurring(
                        OrganizationRemoval.taskName(data),
                        FixedDelay.of(properties.sessions().watchInterval()))
                .execute((instance, context) -> removal.run());
    }
}
