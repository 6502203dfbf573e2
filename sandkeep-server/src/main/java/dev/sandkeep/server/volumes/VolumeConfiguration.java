package dev.sandkeep.server.volumes;

import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.data.DataDirectory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Lets volumes be looked after. */
@Configuration(proxyBeanMethods = false)
class VolumeConfiguration {
    /** What is not kept any more can wait longer than what runs: for so many looks at that. */
    private static final int LOOKS = 6;

    /** Only servers of the data directory know the task, so only they run it, one at a time. */
    @Bean
    Task<Void> volumeUpkeepTask(VolumeUpkeep upkeep, DataDirectory data, SandkeepProperties properties) {
        return Tasks.recurring(
                        "volume-upkeep-" + data.installation(),
                        FixedDelay.of(properties.sessions().watchInterval().multipliedBy(LOOKS)))
                .execute((instance, context) -> {
                    try {
                        upkeep.run();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
    }
}
