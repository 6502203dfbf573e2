package dev.sandkeep.spi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FilePathTest {
    private static FilePath raw(String bytes) {
        return FilePath.of(bytes.getBytes(ISO_8859_1));
    }

    @Test
    void a_path_is_printed_in_one_line_without_anything_that_a_terminal_obeys() {
        assertThat(FilePath.of("/etc/passwd").toString()).isEqualTo("/etc/passwd");
        assertThat(FilePath.of("/café/日本/𝄞").toString()).isEqualTo("/café/日本/𝄞");
        assertThat(raw("/a\nb\033[31m\u007f").toString()).isEqualTo("/a\\x0ab\\x1b[31m\\x7f");
        assertThat(raw("/\377\303(").toString()).isEqualTo("/\\xff\\xc3(");
        assertThat(FilePath.of("/c:\\dir").toString()).isEqualTo("/c:\\\\dir");
        assertThat(FilePath.of("/abc\u202etxt\u2028").toString()).isEqualTo("/abc\\xe2\\x80\\xaetxt\\xe2\\x80\\xa8");
        assertThat(raw("/overlong-\300\257-cut-\342\202").toString()).isEqualTo("/overlong-\\xc0\\xaf-cut-\\xe2\\x82");
    }

    @Test
    void what_was_printed_is_read_back() {
        Random random = new Random(7);
        for (int round = 0; round < 2_000; round++) {
            byte[] name = new byte[1 + random.nextInt(12)];
            random.nextBytes(name);
            for (int i = 0; i < name.length; i++) {
                name[i] = name[i] == 0 || name[i] == '/' || name[i] == '.' ? (byte) '\\' : name[i];
            }
            FilePath path = FilePath.ROOT.child(name);

            assertThat(FilePath.parse(path.toString())).isEqualTo(path);
            assertThat(path.toString()).matches("/[^\\p{Cntrl}]+");
        }
    }

    @Test
    void only_absolute_paths_of_plain_names_are_paths() {
        for (String bad : List.of("", "a", "/a/", "//", "/a//b", "/.", "/a/../b", "/a/.", "/a\0b")) {
            assertThatThrownBy(() -> FilePath.of(bad)).as(bad).isInstanceOf(IllegalArgumentException.class);
        }
        for (String good : List.of("/", "/a", "/...", "/.a", "/..a/b.")) {
            assertThat(FilePath.of(good)).hasToString(good);
        }
        assertThatThrownBy(() -> FilePath.parse("/a\\n")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> FilePath.parse("/a\\x0")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_child_is_below_its_directory() {
        assertThat(FilePath.ROOT.child(new byte[] {'a'})).isEqualTo(FilePath.of("/a"));
        assertThat(FilePath.of("/a").child(new byte[] {'b'})).isEqualTo(FilePath.of("/a/b"));
        assertThat(FilePath.of("/a")).isLessThan(FilePath.of("/a/b"));
    }
}
