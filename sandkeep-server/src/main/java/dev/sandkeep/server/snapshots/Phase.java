package dev.sandkeep.server.snapshots;

import java.util.Locale;

/** The parts of a snapshot job that its log, its state and its failure name. */
enum Phase {
    BASE_IMAGE,
    COMPUTE_START,
    FILES,
    INPUTS,
    PACKAGES,
    REPOSITORIES,
    SETUP_SCRIPT,
    MAINTENANCE_SCRIPT,
    CHECKS,
    SECRET_SCAN,
    CAPTURE,
    SWAP,
    CLEAN_UP;

    /** As in the database and in answers. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
