package dev.sandkeep.server.api;

import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.json.SelfChecking;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.snapshots.SetupTests;
import dev.sandkeep.server.snapshots.SnapshotJob;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Tries setup scripts out before they are published, or even saved. */
@RestController
@RequestMapping("/api/v1/profiles/{profile}/draft/test")
@Tag(name = "Profiles")
class SetupTestController {
    private static final int LARGEST_SCRIPT = 1 << 20;

    private final SetupTests tests;

    SetupTestController(SetupTests tests) {
        this.tests = tests;
    }

    /**
     * What to try out.
     *
     * @param setupScript instead of the draft's
     */
    record SetupTestRequest(@Nullable String setupScript) implements SelfChecking {
        @Override
        public void check(String path, ValidationErrors errors) {
            if (setupScript != null) {
                errors.check(
                        setupScript.getBytes(StandardCharsets.UTF_8).length <= LARGEST_SCRIPT
                                && setupScript.indexOf('\0') < 0,
                        path + "setupScript",
                        "too_long",
                        "setupScript is larger than 1 MiB or holds a NUL character");
            }
        }
    }

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    @Requires(Permission.PROFILES_EDIT)
    @Operation(
            operationId = "testSetupScript",
            summary =
                    "Run a setup script on the draft in a throwaway sandbox; the job's log is live, and nothing is kept")
    ResponseEntity<SnapshotJobView> test(
            Caller caller,
            @PathVariable @Parameter(description = ListParameters.PROFILE) String profile,
            @RequestBody(required = false) @Nullable SetupTestRequest body,
            @RequestHeader(name = "Idempotency-Key", required = false)
                    @Parameter(description = ListParameters.IDEMPOTENCY_KEY)
                    @Nullable
                    String idempotencyKey) {
        SnapshotJob job = tests.start(caller, idempotencyKey, profile, body == null ? null : body.setupScript());
        return ResponseEntity.created(URI.create("/api/v1/snapshot-jobs/" + job.id()))
                .body(ShownSnapshotJobs.of(job));
    }
}
