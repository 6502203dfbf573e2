package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.AccessControl;
import dev.sandkeep.server.platform.web.Problem;
import java.util.Map;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.servlet.View;

/** What cannot be shown becomes a page that says why, and what to do. */
@ControllerAdvice(basePackageClasses = ProblemPages.class)
@Order(Ordered.HIGHEST_PRECEDENCE)
class ProblemPages {
    private final Pages pages;
    private final Frames frames;
    private final Assets assets;

    ProblemPages(Pages pages, Frames frames, Assets assets) {
        this.pages = pages;
        this.frames = frames;
        this.assets = assets;
    }

    @ExceptionHandler
    View known(SandkeepException failure) {
        return page(Problem.of(failure));
    }

    @ExceptionHandler
    View wrongAddress(MethodArgumentTypeMismatchException failure) {
        return page(Problem.of(new SandkeepException(
                ProblemCode.NOT_FOUND, "'" + failure.getValue() + "' is not a valid " + failure.getName() + ".")));
    }

    private View page(Problem problem) {
        HttpStatus status = HttpStatus.valueOf(problem.status());
        ProblemPage page = ProblemPage.of(problem);
        return AccessControl.caller()
                .map(caller -> pages.view("problem", status, Map.of("frame", frames.of(caller), "page", page)))
                .orElseGet(() -> pages.view("problemSignedOut", status, Map.of("assets", assets, "page", page)));
    }
}
