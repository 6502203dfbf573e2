package dev.sandkeep.server.schedules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CronScheduleTest {
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
    private static final ZoneId UTC = ZoneId.of("UTC");
    private static final long SEED = 11;

    @Test
    void it_is_due_by_the_clocks_of_its_time_zone() {
        assertThat(runs("0 3 * * *", BERLIN, "2026-01-10T00:00:00Z", 2))
                .containsExactly(Instant.parse("2026-01-10T02:00:00Z"), Instant.parse("2026-01-11T02:00:00Z"));
        assertThat(runs("0 3 * * *", BERLIN, "2026-07-10T00:00:00Z", 1))
                .containsExactly(Instant.parse("2026-07-10T01:00:00Z"));
    }

    @Test
    void a_time_that_clocks_skip_is_due_later_the_same_day() {
        assertThat(runs("30 2 * * *", BERLIN, "2026-03-28T12:00:00Z", 2))
                .as("clocks go from 02:00 to 03:00 on the 29th")
                .containsExactly(Instant.parse("2026-03-29T01:30:00Z"), Instant.parse("2026-03-30T00:30:00Z"));
    }

    @Test
    void a_time_that_clocks_show_twice_is_due_once() {
        assertThat(runs("30 2 * * *", BERLIN, "2026-10-24T12:00:00Z", 2))
                .as("clocks go from 03:00 to 02:00 on the 25th")
                .containsExactly(Instant.parse("2026-10-25T00:30:00Z"), Instant.parse("2026-10-26T01:30:00Z"));
    }

    @Test
    void two_times_of_which_clocks_skip_one_are_never_due_at_the_same_moment() {
        assertThat(runs("30 2,3 * * *", BERLIN, "2026-03-28T12:00:00Z", 3))
                .doesNotHaveDuplicates()
                .isSorted();
    }

    @Test
    void every_time_of_day_comes_once_on_each_day_of_many_years_in_many_zones() {
        Random dice = new Random(SEED);
        List<String> zones = List.of(
                "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kolkata", "UTC");
        for (int round = 0; round < 12; round++) {
            ZoneId zone = ZoneId.of(zones.get(round % zones.size()));
            String cron = dice.nextInt(60) + " " + dice.nextInt(4) + " * * *";
            LocalDate day = LocalDate.of(2016, 1, 1);
            Instant before = day.atStartOfDay(zone).toInstant().minusSeconds(1);
            CronSchedule schedule = CronSchedule.parse(cron, zone);
            for (int days = 0; days < 1500; days++) {
                before = schedule.next(before).orElseThrow();
                assertThat(before.atZone(zone).toLocalDate())
                        .as("%s in %s, seed %s", cron, zone, SEED)
                        .isEqualTo(day.plusDays(days));
            }
        }
    }

    @Test
    void a_day_of_month_and_a_day_of_week_are_either() {
        assertThat(runs("0 0 13 * 5", UTC, "2026-02-01T00:00:00Z", 3))
                .containsExactly(
                        Instant.parse("2026-02-06T00:00:00Z"),
                        Instant.parse("2026-02-13T00:00:00Z"),
                        Instant.parse("2026-02-20T00:00:00Z"));
    }

    @Test
    void what_was_missed_is_one_tick() {
        CronSchedule hourly = CronSchedule.parse("0 * * * *", UTC);
        Instant due = Instant.parse("2026-05-01T10:00:00Z");
        assertThat(hourly.newestDue(due, due)).isEqualTo(due);
        assertThat(hourly.newestDue(due, Instant.parse("2026-05-01T14:59:00Z")))
                .isEqualTo(Instant.parse("2026-05-01T14:00:00Z"));
        assertThat(hourly.newestDue(due, due.plus(Duration.ofDays(400)))).isEqualTo(due.plus(Duration.ofDays(400)));
    }

    @Test
    void what_is_never_due_has_no_next_time() {
        assertThat(CronSchedule.parse("0 0 30 2 *", UTC).next(Instant.parse("2026-01-01T00:00:00Z")))
                .isEmpty();
    }

    @Test
    void it_is_said_in_words() {
        assertThat(CronSchedule.parse("0 3 * * 1", UTC).description()).isEqualTo("at 03:00 at Monday day");
        assertThat(CronSchedule.parse("*/15 * * * *", UTC).description()).isEqualTo("every 15 minutes");
    }

    @Test
    void what_is_no_expression_of_five_fields_is_refused() {
        for (String wrong : List.of("", "daily", "* * * *", "0 0 3 * * *", "60 * * * *", "* 24 * * *", "0 0 L * *")) {
            assertThatThrownBy(() -> CronSchedule.parse(wrong, UTC))
                    .as(wrong)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static List<Instant> runs(String cron, ZoneId zone, String after, int count) {
        return CronSchedule.parse(cron, zone).nextRuns(Instant.parse(after), count);
    }
}
