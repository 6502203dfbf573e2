package dev.sandkeep.server.dashboard;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.Compression;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.unit.DataSize;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** What pages need of the web server. */
@Configuration(proxyBeanMethods = false)
class DashboardConfiguration implements WebMvcConfigurer {
    private static final String TEMPLATES = "dev.sandkeep.server.dashboard.templates";
    private static final DataSize WORTH_COMPRESSING = DataSize.ofKilobytes(2);

    private final ObjectProvider<FrameArgument> frames;

    DashboardConfiguration(ObjectProvider<FrameArgument> frames) {
        this.frames = frames;
    }

    @Override
    public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
        frames.ifAvailable(resolvers::add);
    }

    @Bean
    static TemplateEngine templates() {
        return TemplateEngine.createPrecompiled(
                null, ContentType.Html, DashboardConfiguration.class.getClassLoader(), TEMPLATES);
    }

    /** Pages and what they load are texts; answers of the API, streams among them, stay as they are. */
    @Bean
    static WebServerFactoryCustomizer<TomcatServletWebServerFactory> compressedPages() {
        return factory -> {
            Compression compression = new Compression();
            compression.setEnabled(true);
            compression.setMimeTypes(new String[] {"text/html", "text/css", "text/javascript", "image/svg+xml"});
            compression.setMinResponseSize(WORTH_COMPRESSING);
            factory.setCompression(compression);
        };
    }
}
