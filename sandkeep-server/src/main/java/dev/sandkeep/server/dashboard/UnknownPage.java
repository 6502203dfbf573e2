package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.servlet.View;

/** Every address without a page, outside of the API. */
@Controller
class UnknownPage {
    private static final String OUTSIDE_OF_THE_API = "{area:(?!api$).+}";

    @GetMapping({"/" + OUTSIDE_OF_THE_API, "/" + OUTSIDE_OF_THE_API + "/{*rest}"})
    @Requires(Permission.ORGANIZATION_SEE)
    View unknown(HttpServletRequest request) {
        throw new SandkeepException(
                ProblemCode.NOT_FOUND,
                "There is no page " + request.getRequestURI() + ".",
                "Go on from the home page, or search with Ctrl-K.");
    }
}
