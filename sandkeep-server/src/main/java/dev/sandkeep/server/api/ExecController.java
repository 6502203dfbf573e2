package dev.sandkeep.server.api;

import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.json.SelfChecking;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.sessions.CollectedExec;
import dev.sandkeep.server.sessions.ExecResult;
import dev.sandkeep.server.sessions.Sessions;
import dev.sandkeep.spi.ProviderException;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Runs a command to its end and answers what it said. For input, live output and signals there is {@link ExecSocket}. */
@RestController
@RequestMapping("/api/v1/sessions/{session}/exec")
@Tag(name = "Sessions")
class ExecController {
    private static final int DEFAULT_TIMEOUT = 60;
    private static final int LONGEST_TIMEOUT = 3600;

    private final Sessions sessions;

    ExecController(Sessions sessions) {
        this.sessions = sessions;
    }

    /**
     * A command to run.
     *
     * @param command program and arguments
     * @param environment added to the sandbox's own
     * @param workingDirectory absolute; the session's own when absent
     * @param stdin all that it can read
     * @param timeoutSeconds after which it gets SIGTERM, and SIGKILL 5 s later; 1 to 3600, 60 when absent
     * @param autoResume whether a stopped persistent sandbox is resumed first; as its profile says when absent
     */
    record ExecCommand(
            List<String> command,
            @Nullable Map<String, String> environment,
            @Nullable String workingDirectory,
            @Nullable String stdin,
            @Nullable Integer timeoutSeconds,
            @Nullable Boolean autoResume)
            implements SelfChecking {
        @Override
        public void check(String path, ValidationErrors errors) {
            ExecRequest.check(path, command, environment, workingDirectory, errors);
            if (timeoutSeconds != null) {
                errors.check(
                        timeoutSeconds >= 1 && timeoutSeconds <= LONGEST_TIMEOUT,
                        path + "timeoutSeconds",
                        "out_of_range",
                        "timeoutSeconds must be 1 to " + LONGEST_TIMEOUT);
            }
        }
    }

    @PostMapping
    @Requires(Permission.SESSIONS_USE)
    @Operation(
            operationId = "exec",
            summary =
                    "Run a command to its end; each output is cut at 1 MiB. A GET that upgrades to a WebSocket streams")
    ExecResult exec(
            Caller caller,
            @PathVariable @Parameter(description = SessionController.SESSION) String session,
            @RequestBody ExecCommand body)
            throws InterruptedException {
        int timeout = body.timeoutSeconds() == null ? DEFAULT_TIMEOUT : body.timeoutSeconds();
        try {
            return CollectedExec.run(
                    sessions.exec(
                            caller,
                            session,
                            ExecRequest.spec(body.command(), body.environment(), body.workingDirectory()),
                            Optional.ofNullable(body.autoResume())),
                    body.stdin() == null ? "" : body.stdin(),
                    Duration.ofSeconds(timeout));
        } catch (ProviderException failure) {
            throw Sessions.problem(failure);
        }
    }
}
