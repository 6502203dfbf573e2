package dev.sandkeep.server.volumes;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which checkpoints are kept: the newest ones; and of older ones the newest of each of some hours and of some days that have
 * one, by UTC.
 *
 * @param newest how many of the newest, at least 1
 * @param hours how many hours that have one
 * @param days how many days that have one
 */
record Retention(int newest, int hours, int days) {

    /** Those of {@code checkpoints}, newest first, that are not to be kept. */
    List<KeptCheckpoint> superfluous(List<KeptCheckpoint> checkpoints) {
        Set<KeptCheckpoint> kept = new HashSet<>(checkpoints.subList(0, Math.min(newest, checkpoints.size())));
        kept.addAll(newestOfEach(checkpoints, ChronoUnit.HOURS, hours));
        kept.addAll(newestOfEach(checkpoints, ChronoUnit.DAYS, days));
        return checkpoints.stream().filter(it -> !kept.contains(it)).toList();
    }

    private static Set<KeptCheckpoint> newestOfEach(List<KeptCheckpoint> checkpoints, ChronoUnit unit, int most) {
        Set<Instant> seen = new HashSet<>();
        Set<KeptCheckpoint> kept = new HashSet<>();
        for (KeptCheckpoint checkpoint : checkpoints) {
            if (seen.size() < most && seen.add(checkpoint.point().at().truncatedTo(unit))) {
                kept.add(checkpoint);
            }
        }
        return kept;
    }
}
