package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.AccessControl;
import dev.sandkeep.server.platform.web.Problem;
import dev.sandkeep.server.platform.web.ProblemWriter;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
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
    private final ProblemWriter writer;

    ProblemPages(Pages pages, Frames frames, Assets assets, ProblemWriter writer) {
        this.pages = pages;
        this.frames = frames;
        this.assets = assets;
        this.writer = writer;
    }

    @ExceptionHandler
    View known(SandkeepException failure, HttpServletRequest request) {
        return answer(Problem.of(failure), request);
    }

    @ExceptionHandler
    View wrongAddress(MethodArgumentTypeMismatchException failure, HttpServletRequest request) {
        return answer(
                Problem.of(new SandkeepException(
                        ProblemCode.NOT_FOUND,
                        "'" + failure.getValue() + "' is not a valid " + failure.getName() + ".")),
                request);
    }

    /** The script of a page asks for JSON, and wants to be answered in it. */
    private View answer(Problem problem, HttpServletRequest request) {
        String wanted = request.getHeader(HttpHeaders.ACCEPT);
        return wanted != null && wanted.startsWith(MediaType.APPLICATION_JSON_VALUE)
                ? (model, asked, response) -> writer.write(response, problem)
                : page(problem);
    }

    private View page(Problem problem) {
        HttpStatus status = HttpStatus.valueOf(problem.status());
        ProblemPage page = ProblemPage.of(problem);
        return AccessControl.caller()
                .map(caller -> pages.view("problem", status, Map.of("frame", frames.of(caller), "page", page)))
                .orElseGet(() -> pages.view("problemSignedOut", status, Map.of("assets", assets, "page", page)));
    }
}
