package dev.sandkeep.server.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.DurablePoint;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RetentionTest {
    private static final Instant NOON = Instant.parse("2026-05-10T12:00:00Z");

    @Test
    void the_newest_are_kept_whenever_they_were_made() {
        List<KeptCheckpoint> all = every(Duration.ofMinutes(1), 20);

        assertThat(new Retention(5, 0, 0).superfluous(all)).isEqualTo(all.subList(5, 20));
    }

    @Test
    void of_older_ones_the_newest_of_each_hour_and_day_is_kept() {
        List<KeptCheckpoint> all = every(Duration.ofMinutes(30), 200);

        List<KeptCheckpoint> kept = new ArrayList<>(all);
        kept.removeAll(new Retention(2, 3, 2).superfluous(all));

        assertThat(kept)
                .extracting(it -> it.point().at().toString())
                .containsExactly(
                        "2026-05-10T12:00:00Z", "2026-05-10T11:30:00Z", "2026-05-10T10:30:00Z", "2026-05-09T23:30:00Z");
    }

    @Test
    void hours_without_a_checkpoint_do_not_count() {
        List<KeptCheckpoint> all = every(Duration.ofHours(5), 4);

        assertThat(new Retention(1, 4, 0).superfluous(all)).isEmpty();
    }

    private static List<KeptCheckpoint> every(Duration interval, int count) {
        List<KeptCheckpoint> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(new KeptCheckpoint(
                    new DurablePoint(new CheckpointId("chk_" + i), count - i, NOON.minus(interval.multipliedBy(i))),
                    1,
                    CheckpointKind.INTERVAL,
                    "system",
                    Optional.empty()));
        }
        return all;
    }
}
