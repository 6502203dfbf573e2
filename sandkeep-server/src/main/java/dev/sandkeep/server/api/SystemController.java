package dev.sandkeep.server.api;

import dev.sandkeep.server.platform.ServerVersion;
import dev.sandkeep.server.platform.boot.RunningServer;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.data.ServerInstance;
import dev.sandkeep.server.platform.database.Database;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.spi.ProviderCapabilities;
import dev.sandkeep.spi.SandboxProvider;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Instant;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** What this server is and runs on. */
@RestController
@RequestMapping("/api/v1/system")
@Tag(name = "System")
class SystemController {
    private final SandkeepProperties properties;
    private final DataDirectory data;
    private final ServerInstance instance;
    private final Database database;
    private final SandboxProvider provider;
    private final RunningServer server;

    SystemController(
            SandkeepProperties properties,
            DataDirectory data,
            ServerInstance instance,
            Database database,
            SandboxProvider provider,
            RunningServer server) {
        this.properties = properties;
        this.data = data;
        this.instance = instance;
        this.database = database;
        this.provider = provider;
        this.server = server;
    }

    /**
     * What this server is.
     *
     * @param installation id of the data directory
     * @param instance id of this process
     */
    record SystemDescription(
            String version,
            String dataDirectory,
            String installation,
            String instance,
            ProviderDescription provider,
            DatabaseDescription database,
            Instant startedAt) {}

    /** What runs sandboxes. */
    record ProviderDescription(String name, String description) {}

    /** Where state is kept. */
    record DatabaseDescription(boolean embedded) {}

    @GetMapping("/info")
    @Requires(Permission.SERVER_SEE)
    @Operation(operationId = "getSystemInfo", summary = "What this server is and runs on")
    SystemDescription describe() {
        ProviderCapabilities capabilities = provider.capabilities();
        return new SystemDescription(
                ServerVersion.text(),
                data.root().toString(),
                data.installation(),
                instance.id(),
                new ProviderDescription(properties.provider(), capabilities.description()),
                new DatabaseDescription(database.await().embedded()),
                server.startedAt());
    }
}
