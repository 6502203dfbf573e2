package dev.sandkeep.server.testing;

import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.Problem;
import io.swagger.v3.core.converter.AnnotatedType;
import io.swagger.v3.core.converter.ModelConverters;
import io.swagger.v3.core.converter.ResolvedSchema;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.info.License;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.responses.ApiResponses;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import io.swagger.v3.oas.models.servers.Server;
import java.util.List;
import org.springdoc.core.configuration.SpringDocConfiguration;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springdoc.core.customizers.OperationCustomizer;
import org.springdoc.core.properties.SpringDocConfigProperties;
import org.springdoc.core.utils.SpringDocUtils;
import org.springdoc.webmvc.core.configuration.MultipleOpenApiSupportConfiguration;
import org.springdoc.webmvc.core.configuration.SpringDocWebMvcConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;

/** Reads the controllers into an OpenAPI 3.1 description, served by the server of tests at {@code /v3/api-docs}. */
@TestConfiguration(proxyBeanMethods = false)
@ImportAutoConfiguration({
    SpringDocConfigProperties.class,
    SpringDocConfiguration.class,
    SpringDocWebMvcConfiguration.class,
    MultipleOpenApiSupportConfiguration.class
})
class OpenApiFromCode {
    private static final String KEY = "apiKey";

    static {
        SpringDocUtils.getConfig().addRequestWrapperToIgnore(Caller.class);
    }

    @Bean
    OpenAPI frame() {
        return new OpenAPI()
                .info(new Info()
                        .title("Sandkeep")
                        .version("1")
                        .description(
                                "The control plane of Sandkeep. Times are RFC 3339 in UTC. Lists are read page by page with"
                                        + " limit and cursor. Everything that is not a success is a problem document (RFC 9457) with a"
                                        + " stable code; docs/errors.md lists them.")
                        .license(new License().name("Apache-2.0").url("https://www.apache.org/licenses/LICENSE-2.0")))
                .servers(List.of(new Server().url("/")))
                .components(new Components()
                        .addSecuritySchemes(
                                KEY,
                                new SecurityScheme()
                                        .type(SecurityScheme.Type.HTTP)
                                        .scheme("bearer")
                                        .description("An API key; the first one stands in the file api-key of the data"
                                                + " directory")))
                .addSecurityItem(new SecurityRequirement().addList(KEY));
    }

    /** Every operation says which permission it needs. */
    @Bean
    OperationCustomizer permissions() {
        return (operation, method) -> {
            Requires requires = method.getMethodAnnotation(Requires.class);
            if (requires != null) {
                operation.addExtension("x-permission", requires.value().text());
            }
            return operation;
        };
    }

    /** Every operation may answer with a problem document. */
    @Bean
    OpenApiCustomizer problems() {
        return api -> {
            ResolvedSchema problem =
                    ModelConverters.getInstance(true).resolveAsResolvedSchema(new AnnotatedType(Problem.class));
            api.getComponents().addSchemas("Problem", problem.schema);
            problem.referencedSchemas.forEach(api.getComponents()::addSchemas);
            ApiResponse answer = new ApiResponse()
                    .description("A problem document")
                    .content(new Content()
                            .addMediaType(
                                    "application/problem+json",
                                    new MediaType().schema(new Schema<>().$ref("#/components/schemas/Problem"))));
            api.getPaths()
                    .values()
                    .forEach(path -> path.readOperations()
                            .forEach(operation ->
                                    operation.getResponses().addApiResponse(ApiResponses.DEFAULT, answer)));
        };
    }
}
