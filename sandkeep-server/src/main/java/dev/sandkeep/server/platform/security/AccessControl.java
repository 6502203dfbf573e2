package dev.sandkeep.server.platform.security;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.web.Problem;
import dev.sandkeep.server.platform.web.ProblemWriter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.stereotype.Component;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/**
 * The one place where permissions are checked: before an operation of the API runs, and before its arguments are read. An
 * operation that says neither {@link Requires} nor {@link OpenToAll} is refused.
 */
@Component
public final class AccessControl {
    private static final Logger LOG = LoggerFactory.getLogger(AccessControl.class);
    private static final String OURS = "dev.sandkeep.";

    private final ProblemWriter problems;

    AccessControl(ProblemWriter problems) {
        this.problems = problems;
    }

    /** Who is calling in the present request; empty when it came without a key. */
    public static Optional<Caller> caller() {
        Authentication authentication = SecurityContextHolder.getContext().getAuthentication();
        return authentication != null && authentication.getPrincipal() instanceof Caller caller
                ? Optional.of(caller)
                : Optional.empty();
    }

    /** Checks what a handler says that is no method of a controller. */
    public HandlerInterceptor requiring(Permission permission) {
        return new HandlerInterceptor() {
            @Override
            public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler)
                    throws IOException {
                try {
                    require(permission);
                    return true;
                } catch (SandkeepException refused) {
                    // Nothing translates the exceptions of handlers that are no methods.
                    problems.write(response, Problem.of(refused));
                    return false;
                }
            }
        };
    }

    /** Checks what methods of controllers say. */
    HandlerInterceptor ofControllers() {
        return new HandlerInterceptor() {
            @Override
            public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
                if (!(handler instanceof HandlerMethod method)
                        || !method.getBeanType().getName().startsWith(OURS)
                        || method.hasMethodAnnotation(OpenToAll.class)) {
                    return true;
                }
                Requires requires = method.getMethodAnnotation(Requires.class);
                if (requires == null) {
                    LOG.error("event=operation_without_permission method=\"{}\"", method);
                    throw new SandkeepException(
                            ProblemCode.FORBIDDEN, "Nobody may use this operation: it names no permission.");
                }
                require(requires.value());
                return true;
            }
        };
    }

    /** Ends the request, as a controller would: a page shows it as a page, the API as a problem document. */
    private static void require(Permission permission) {
        caller().orElseThrow(() ->
                        new SandkeepException(ProblemCode.API_KEY_MISSING, ProblemCode.API_KEY_MISSING.sentence()))
                .require(permission);
    }
}
