package dev.sandkeep.server;

import dev.sandkeep.server.platform.boot.ServerBoot;
import dev.sandkeep.server.platform.config.Configuration;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.config.StartFailure;
import java.util.List;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.http.converter.autoconfigure.HttpMessageConvertersAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.SecurityFilterAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration;
import org.springframework.boot.servlet.autoconfigure.HttpEncodingAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.ComponentScan;

/**
 * The server. What Spring Boot configures by itself is listed here, not guessed from the class path: the start takes less time,
 * and nothing comes along unseen.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@ComponentScan
@ImportAutoConfiguration({
    DispatcherServletAutoConfiguration.class,
    HttpEncodingAutoConfiguration.class,
    HttpMessageConvertersAutoConfiguration.class,
    JacksonAutoConfiguration.class,
    LifecycleAutoConfiguration.class,
    PropertyPlaceholderAutoConfiguration.class,
    SecurityFilterAutoConfiguration.class,
    ServletWebSecurityAutoConfiguration.class,
    TaskExecutionAutoConfiguration.class,
    TomcatServletWebServerAutoConfiguration.class,
    WebMvcAutoConfiguration.class,
})
public class SandkeepServer {

    /** Starts the server, and returns; it runs until the process is told to end. Exits with 1 when it cannot start. */
    public static void main(String[] arguments) {
        try {
            start(Configuration.load(List.of(arguments), System.getenv(), System.getProperties()));
        } catch (Throwable failure) {
            System.err.println(explain(failure));
            System.exit(1);
        }
    }

    /**
     * Starts it in this process.
     *
     * @throws StartFailure when it cannot start, for a reason that an operator can mend; also as a cause
     */
    static ConfigurableApplicationContext start(SandkeepProperties properties) {
        ServerBoot boot = ServerBoot.prepare(properties);
        // Run after the application's own end, however that comes about.
        SpringApplication.getShutdownHandlers().add(boot::close);
        SpringApplication application = new SpringApplication(SandkeepServer.class);
        application.addInitializers(boot);
        // Only our own file: an application.yaml that happens to lie in the working directory means nothing.
        String files = "classpath:/application.yaml"
                + properties.file().map(file -> ",file:" + file).orElse("");
        try {
            return application.run("--spring.config.location=" + files);
        } catch (RuntimeException | Error failure) {
            boot.close();
            throw failure;
        }
    }

    private static String explain(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof StartFailure known) {
                return known.forPeople();
            }
        }
        LoggerFactory.getLogger(SandkeepServer.class).error("event=start_failed", failure);
        return new StartFailure(
                        "The server cannot start: " + failure.getMessage(),
                        "This is a mistake in Sandkeep; report it with the log above.")
                .forPeople();
    }
}
