package dev.sandkeep.server.api;

import dev.sandkeep.server.platform.Signals;
import dev.sandkeep.server.platform.security.OpenToAll;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.security.SecurityRequirements;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Whether the server can do its work; open to all. */
@RestController
@RequestMapping("/api/v1/health")
@Tag(name = "System")
class HealthController {
    private final JdbcClient jdbc;
    private final Signals signals;

    HealthController(JdbcClient jdbc, Signals signals) {
        this.jdbc = jdbc;
        this.signals = signals;
    }

    /**
     * The answer.
     *
     * @param status {@code up} or {@code down}
     * @param reason why it is down
     */
    record Health(String status, @Nullable String reason) {}

    @GetMapping
    @SecurityRequirements
    @OpenToAll("it says only whether the server works")
    @Operation(operationId = "getHealth", summary = "Whether the server can do its work; needs no key")
    @ApiResponse(responseCode = "200", description = "It can")
    @ApiResponse(responseCode = "503", description = "It cannot, for the reason given")
    ResponseEntity<Health> health() {
        if (signals.closed()) {
            return ResponseEntity.status(503).body(new Health("down", "the server is shutting down"));
        }
        try {
            jdbc.sql("select 1").query(Integer.class).single();
            return ResponseEntity.ok(new Health("up", null));
        } catch (DataAccessException e) {
            return ResponseEntity.status(503).body(new Health("down", "the database does not answer"));
        }
    }
}
