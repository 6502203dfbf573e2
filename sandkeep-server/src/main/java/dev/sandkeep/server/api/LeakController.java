package dev.sandkeep.server.api;

import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.reconciler.Leak;
import dev.sandkeep.server.reconciler.Leaks;
import dev.sandkeep.server.sessions.Sessions;
import dev.sandkeep.spi.ProviderException;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** What belongs to nothing. */
@RestController
@RequestMapping("/api/v1/system/leaks")
@Tag(name = "System")
class LeakController {
    private final Leaks leaks;
    private final Clock clock;

    LeakController(Leaks leaks, Clock clock) {
        this.leaks = leaks;
        this.clock = clock;
    }

    /**
     * What was found.
     *
     * @param leaks empty when all is well
     */
    record LeakReport(Instant checkedAt, List<Leak> leaks) {}

    @GetMapping
    @Requires(Permission.SERVER_OPERATE)
    @Operation(
            operationId = "listLeaks",
            summary = "Resources of the host and of the stores that belong to nothing, and rows without their resource")
    LeakReport look() {
        try {
            return new LeakReport(clock.instant(), leaks.look());
        } catch (ProviderException failure) {
            throw Sessions.problem(failure);
        }
    }
}
