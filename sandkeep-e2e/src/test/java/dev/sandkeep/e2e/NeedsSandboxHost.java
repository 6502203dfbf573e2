package dev.sandkeep.e2e;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Runs a test class only where real sandboxes can be started, and says what is missing elsewhere. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsSandboxHost.Condition.class)
@Tag("system")
@interface NeedsSandboxHost {
    final class Condition implements ExecutionCondition {
        private static final List<String> PLACES = List.of("/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin");

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            if (!"root".equals(System.getProperty("user.name"))) {
                return ConditionEvaluationResult.disabled("needs root, to make namespaces and mounts");
            }
            if (System.getenv("SANDKEEP_DIST") == null) {
                return ConditionEvaluationResult.disabled("needs SANDKEEP_DIST, the distribution to test");
            }
            if (!installed("runc") && !installed("crun")) {
                return ConditionEvaluationResult.disabled("needs an OCI runtime: install runc or crun");
            }
            for (String program : List.of("mmdebstrap", "catatonit", "nft", "ip", "setsid")) {
                if (!installed(program)) {
                    return ConditionEvaluationResult.disabled("needs " + program);
                }
            }
            return ConditionEvaluationResult.enabled("this machine can run sandboxes");
        }

        private static boolean installed(String program) {
            return PLACES.stream().anyMatch(place -> Files.isExecutable(Path.of(place, program)));
        }
    }
}
