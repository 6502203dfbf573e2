package dev.sandkeep.server.api;

import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.telemetry.MetricsPage;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The server's metrics, where Prometheus looks for them. */
@RestController
@Tag(name = "System")
class MetricsController {
    private final MetricsPage page;

    MetricsController(MetricsPage page) {
        this.page = page;
    }

    @GetMapping(path = "/metrics", produces = MetricsPage.TYPE)
    @Requires(Permission.METRICS_SEE)
    @Operation(
            operationId = "getMetrics",
            summary = "The server's metrics in Prometheus' text format; docs/metrics.md lists them")
    String metrics() {
        return page.text();
    }
}
