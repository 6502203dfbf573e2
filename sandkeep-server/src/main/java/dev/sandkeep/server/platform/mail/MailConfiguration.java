package dev.sandkeep.server.platform.mail;

import dev.sandkeep.server.platform.config.SandkeepProperties;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Mail as the settings have it. */
@Configuration(proxyBeanMethods = false)
class MailConfiguration {
    @Bean
    Mailer mailer(SandkeepProperties properties, Clock clock) {
        return new Mailer(properties.mail(), clock);
    }
}
