package dev.sandkeep.server.platform.jobs;

import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Every hour, keys of requests are forgotten that are old enough. */
@Configuration(proxyBeanMethods = false)
class ForgetOldRequests {

    @Bean
    Task<Void> forgetOldRequestsTask(RepeatableRequests requests) {
        return Tasks.recurring("forget-old-requests", FixedDelay.ofHours(1))
                .execute((instance, context) -> requests.forgetOld());
    }
}
