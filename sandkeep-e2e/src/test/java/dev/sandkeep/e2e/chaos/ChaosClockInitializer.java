package dev.sandkeep.e2e.chaos;

import java.nio.file.Path;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;

/** Gives the server under test a clock that jumps. Spring finds it through {@code META-INF/spring.factories}. */
public final class ChaosClockInitializer implements ApplicationContextInitializer<ConfigurableApplicationContext> {

    @Override
    public void initialize(ConfigurableApplicationContext context) {
        String file = System.getProperty(JumpingClock.PROPERTY);
        if (file == null) {
            return;
        }
        context.getBeanFactory().addBeanPostProcessor(new BeanPostProcessor() {
            @Override
            public @Nullable Object postProcessAfterInitialization(Object bean, String name) {
                return bean instanceof Clock real ? new JumpingClock(real, Path.of(file)) : bean;
            }
        });
    }
}
