package dev.sandkeep.server.platform.web;

import dev.sandkeep.server.platform.config.SandkeepProperties;
import org.apache.catalina.core.StandardHost;
import org.apache.coyote.AbstractProtocol;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.converter.HttpMessageConverters;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import tools.jackson.databind.json.JsonMapper;

/** Teaches Spring MVC to read strictly, and Tomcat to fail as we do. */
@Configuration(proxyBeanMethods = false)
class WebConfiguration implements WebMvcConfigurer {
    /** Between two requests of a connection. */
    private static final int KEEP_ALIVE_MILLIS = 60_000;

    private final JsonMapper json;

    WebConfiguration(JsonMapper json) {
        this.json = json;
    }

    @Override
    public void configureMessageConverters(HttpMessageConverters.ServerBuilder builder) {
        builder.addCustomConverter(new StrictJsonConverter(json));
    }

    @Bean
    static WebServerFactoryCustomizer<TomcatServletWebServerFactory> addressesBehindProxies(
            SandkeepProperties properties) {
        return factory -> factory.addEngineValves(new ClientAddress(properties));
    }

    /** Who opens a connection and then says nothing, or says it byte by byte, holds a connection and no thread; not for ever. */
    @Bean
    static WebServerFactoryCustomizer<TomcatServletWebServerFactory> patienceWithSlowClients(
            SandkeepProperties properties) {
        return factory -> factory.addConnectorCustomizers(connector -> {
            if (connector.getProtocolHandler() instanceof AbstractProtocol<?> protocol) {
                protocol.setConnectionTimeout(
                        Math.toIntExact(properties.httpReadTimeout().toMillis()));
                protocol.setKeepAliveTimeout(KEEP_ALIVE_MILLIS);
            }
        });
    }

    @Bean
    static WebServerFactoryCustomizer<TomcatServletWebServerFactory> problemsOfTomcat() {
        return factory -> factory.addContextCustomizers(
                context -> ((StandardHost) context.getParent()).setErrorReportValveClass(ProblemValve.class.getName()));
    }
}
