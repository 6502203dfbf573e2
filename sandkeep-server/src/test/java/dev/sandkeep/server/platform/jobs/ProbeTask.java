package dev.sandkeep.server.platform.jobs;

import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Work that only notes that it was done. */
@Configuration(proxyBeanMethods = false)
class ProbeTask {
    static final TaskDescriptor<String> PROBE = TaskDescriptor.of("probe", String.class);
    static final List<String> DONE = new CopyOnWriteArrayList<>();

    @Bean
    Task<String> probe() {
        return Tasks.oneTime(PROBE).execute((instance, context) -> DONE.add(instance.getData()));
    }
}
