package dev.sandkeep.server.sessions;

import dev.sandkeep.server.computes.ComputeClaims;
import dev.sandkeep.spi.ComputeId;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A sandbox claims its newest compute while it runs or somebody works on it. While somebody works on it, that one deals with
 * the older ones too.
 */
final class SandboxClaims implements ComputeClaims {
    private final SandboxStore store;

    SandboxClaims(SandboxStore store) {
        this.store = store;
    }

    @Override
    public Set<ComputeId> claimed(Collection<ComputeId> computes) {
        Set<String> owners = computes.stream()
                .map(ComputeId::sandbox)
                .filter(owner -> owner.startsWith("sbx_"))
                .collect(Collectors.toSet());
        Map<String, Sandbox> rows = new HashMap<>();
        store.findAll(owners).forEach(row -> rows.put(row.id(), row));
        return computes.stream()
                .filter(id -> {
                    Sandbox row = rows.get(id.sandbox());
                    return row != null && claims(row, id);
                })
                .collect(Collectors.toSet());
    }

    private static boolean claims(Sandbox row, ComputeId id) {
        return row.state() == SandboxState.RUNNING
                ? id.equals(row.compute())
                : !row.state().atRest();
    }
}
