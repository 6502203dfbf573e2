package dev.sandkeep.spi;

import java.util.Optional;

/** The keys that an installation has, those included that it no longer encrypts with. */
@FunctionalInterface
public interface ExportKeys {
    /** No key at all: only exports that are not encrypted can be read. */
    ExportKeys NONE = id -> Optional.empty();

    /** The key of that id; empty when the installation does not have it. */
    Optional<ExportKey> find(String id);
}
