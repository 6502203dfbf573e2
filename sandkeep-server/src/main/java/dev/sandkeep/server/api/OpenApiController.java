package dev.sandkeep.server.api;

import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import io.swagger.v3.oas.annotations.Hidden;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Answers the API's description: the file {@code docs/openapi.json}, which a test keeps equal to the controllers. */
@RestController
@Hidden
class OpenApiController {
    private static final Resource DESCRIPTION = new ClassPathResource("openapi.json", OpenApiController.class);

    @Requires(Permission.ORGANIZATION_SEE)
    @GetMapping(path = "/api/v1/openapi.json", produces = MediaType.APPLICATION_JSON_VALUE)
    Resource description() {
        return DESCRIPTION;
    }
}
