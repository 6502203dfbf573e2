package dev.sandkeep.server.platform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.testing.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class IdsTest {

    @Test
    void ids_made_later_sort_later_even_within_one_millisecond() {
        Ids ids = new Ids(SettableClock.stopped(Instant.parse("2026-11-21T12:00:00Z")));
        List<String> made = IntStream.range(0, 20_000)
                .mapToObj(i -> ids.next(Ids.Kind.SESSION))
                .toList();
        assertThat(made).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void a_clock_that_goes_back_does_not_bring_ids_back() {
        SettableClock clock = SettableClock.stopped(Instant.parse("2026-11-21T12:00:00Z"));
        Ids ids = new Ids(clock);
        String before = ids.next(Ids.Kind.EVENT);
        clock.advance(Duration.ofHours(-1));
        assertThat(ids.next(Ids.Kind.EVENT)).isGreaterThan(before);
    }

    @Test
    void an_id_is_a_uuid_of_version_7_in_base32() {
        Instant at = Instant.parse("2026-11-21T12:00:00.123Z");
        String id = new Ids(SettableClock.stopped(at)).next(Ids.Kind.PROFILE);
        assertThat(id).matches("prf_[0-9a-hjkmnp-tv-z]{26}");
        String bits = id.substring(4)
                .chars()
                .mapToObj(c ->
                        String.format("%5s", Integer.toBinaryString("0123456789abcdefghjkmnpqrstvwxyz".indexOf(c))))
                .reduce("", String::concat)
                .replace(' ', '0')
                .substring(2);
        assertThat(Long.parseLong(bits.substring(0, 48), 2)).isEqualTo(at.toEpochMilli());
        assertThat(bits.substring(48, 52)).as("version").isEqualTo("0111");
        assertThat(bits.substring(64, 66)).as("variant").isEqualTo("10");
    }

    @Test
    void the_form_of_an_id_tells_what_it_names() {
        String id = new Ids(SettableClock.running()).next(Ids.Kind.SANDBOX);
        assertThat(Ids.Kind.SANDBOX.matches(id)).isTrue();
        assertThat(Ids.Kind.SESSION.matches(id)).isFalse();
        assertThat(Ids.Kind.SANDBOX.matches("sbx_short")).isFalse();
        assertThat(Ids.Kind.SANDBOX.matches("sbx_" + "u".repeat(26))).isFalse();
    }
}
