package dev.sandkeep.server.platform.boot;

import com.zaxxer.hikari.HikariDataSource;
import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.Signals;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.database.Database;
import java.time.Clock;
import java.time.Duration;
import javax.sql.DataSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Time, ids, connections and transactions. */
@Configuration(proxyBeanMethods = false)
class PlatformConfiguration {

    /** Ticks in microseconds, which is what a {@code timestamptz} keeps: what is written is what is read. */
    @Bean
    Clock clock() {
        return Clock.tick(Clock.systemUTC(), Duration.ofNanos(1000));
    }

    @Bean
    Ids ids(Clock clock) {
        return new Ids(clock);
    }

    @Bean(destroyMethod = "close")
    Signals signals() {
        return new Signals();
    }

    @Bean(destroyMethod = "close")
    HikariDataSource dataSource(Database database, SandkeepProperties properties) {
        return database.pool(properties.databasePoolSize());
    }

    @Bean
    PlatformTransactionManager transactionManager(DataSource dataSource) {
        return new JdbcTransactionManager(dataSource);
    }

    /** Transactions are opened where they are needed, in sight; there are no annotations for them. */
    @Bean
    TransactionTemplate transactions(PlatformTransactionManager transactionManager) {
        return new TransactionTemplate(transactionManager);
    }

    @Bean
    JdbcTemplate jdbcTemplate(DataSource dataSource) {
        return new JdbcTemplate(dataSource);
    }

    @Bean
    JdbcClient jdbcClient(JdbcTemplate template) {
        return JdbcClient.create(template);
    }
}
