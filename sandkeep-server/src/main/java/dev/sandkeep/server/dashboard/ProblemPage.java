package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.platform.web.Problem;

/** Why there is no page. */
public record ProblemPage(int status, String code, String title, String detail, String nextStep) {
    static ProblemPage of(Problem problem) {
        return new ProblemPage(problem.status(), problem.code(), problem.title(), problem.detail(), problem.nextStep());
    }
}
