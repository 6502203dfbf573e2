package dev.sandkeep.server.volumes;

import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.spi.ExportKey;
import dev.sandkeep.spi.ExportKeys;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** The keys of {@code sandkeep.volumes.export-keys}: the first one encrypts, all of them decrypt. */
@Component
class ConfiguredExportKeys implements ExportKeys {
    private final Map<String, ExportKey> keys = new LinkedHashMap<>();

    ConfiguredExportKeys(SandkeepProperties properties) {
        properties.volumes().exportKeys().forEach((id, bytes) -> keys.put(id, new ExportKey(id, bytes)));
    }

    /** What new exports are encrypted with; empty when they are not. */
    Optional<ExportKey> first() {
        return keys.values().stream().findFirst();
    }

    @Override
    public Optional<ExportKey> find(String id) {
        return Optional.ofNullable(keys.get(id));
    }
}
