package dev.sandkeep.server.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LineCutterTest {
    private static final int SEED = 7;

    @Test
    void every_kind_of_line_end_ends_a_line() {
        assertThat(cut("a\nb\r\nc\rd")).containsExactly("a", "b", "c", "d");
    }

    @Test
    void an_empty_line_is_a_line_and_a_lone_carriage_return_makes_none() {
        assertThat(cut("a\n\nb\r\rc\r\n\r\n")).containsExactly("a", "", "b", "c", "");
    }

    @Test
    void what_is_not_text_is_replaced_and_nothing_is_lost() {
        byte[] bytes = {'a', 0, 'b', (byte) 0xff, 'c', 7, '\t', (byte) 0xc3};
        assertThat(cut(bytes)).containsExactly("a\ufffdb\ufffdc\ufffd\t\ufffd");
    }

    @Test
    void sequences_that_steer_a_terminal_are_removed() {
        assertThat(cut("\u001b[31mred\u001b[0m \u001b]0;title\u0007text\u001b[2J"))
                .containsExactly("red text");
    }

    @Test
    void a_long_line_is_cut_and_goes_on_as_the_next() {
        List<String> lines = cut("x".repeat(2 * LineCutter.LONGEST + 1) + "\n");
        assertThat(lines).extracting(String::length).containsExactly(LineCutter.LONGEST, LineCutter.LONGEST, 1);
    }

    @Test
    void characters_are_whole_however_the_bytes_arrive() {
        String text = "zwölf Boxkämpfer \ud83e\udd8a 漢字\n".repeat(50);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Random dice = new Random(SEED);
        for (int round = 0; round < 100; round++) {
            List<String> lines = new ArrayList<>();
            LineCutter cutter = new LineCutter(lines::add);
            int from = 0;
            while (from < bytes.length) {
                int length = Math.min(bytes.length - from, 1 + dice.nextInt(9));
                byte[] piece = new byte[length];
                System.arraycopy(bytes, from, piece, 0, length);
                cutter.take(piece, length);
                from += length;
            }
            cutter.finish();
            assertThat(String.join("\n", lines) + "\n").isEqualTo(text);
        }
    }

    private static List<String> cut(String text) {
        return cut(text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> cut(byte[] bytes) {
        List<String> lines = new ArrayList<>();
        LineCutter cutter = new LineCutter(lines::add);
        cutter.take(bytes, bytes.length);
        cutter.finish();
        return lines;
    }
}
