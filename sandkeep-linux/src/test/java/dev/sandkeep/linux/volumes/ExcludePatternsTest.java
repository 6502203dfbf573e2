package dev.sandkeep.linux.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The cases of Git's documentation, and some that hurt. */
class ExcludePatternsTest {
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "*.o,        a.o,            true",
                "*.o,        d/e/a.o,        true",
                "*.o,        a.o.txt,        false",
                "/cache,     cache,          true",
                "/cache,     d/cache,        false",
                "doc/frotz,  doc/frotz,      true",
                "doc/frotz,  a/doc/frotz,    false",
                "**/foo,     foo,            true",
                "**/foo,     a/b/foo,        true",
                "**/foo/bar, a/foo/bar,      true",
                "abc/**,     abc/x,          true",
                "abc/**,     abc/x/y,        true",
                "abc/**,     abc,            false",
                "a/**/b,     a/b,            true",
                "a/**/b,     a/x/y/b,        true",
                "a/**/b,     a/x/y/c,        false",
                "foo/*,      foo/test.json,  true",
                "foo/*,      foo/bar/hello,  false",
                "a?c,        abc,            true",
                "a?c,        a/c,            false",
                "[a-c]x,     bx,             true",
                "[!a-c]x,    bx,             false",
                "[!a-c]x,    dx,             true",
                "[]x],       ],              true",
                "[ab,        [ab,            true",
                "\\#a,       #a,             true",
                "\\!a,       !a,             true",
                "\\*,        *,              true",
                "\\*,        x,              false",
                "#a,         #a,             false",
            })
    void one_pattern(String pattern, String path, boolean excluded) {
        assertThat(new ExcludePatterns(List.of(pattern)).excludes(path, false)).isEqualTo(excluded);
    }

    @Test
    void a_slash_at_the_end_means_directories() {
        ExcludePatterns patterns = new ExcludePatterns(List.of("target/", "/d/e/"));
        assertThat(patterns.excludes("a/target", true)).isTrue();
        assertThat(patterns.excludes("a/target", false)).isFalse();
        assertThat(patterns.excludes("d/e", true)).isTrue();
        assertThat(patterns.excludes("x/d/e", true)).isFalse();
    }

    @Test
    void the_last_pattern_that_matches_decides() {
        ExcludePatterns patterns = new ExcludePatterns(List.of("*.log", "!keep.log", "", "  ", "# nothing"));
        assertThat(patterns.excludes("a.log", false)).isTrue();
        assertThat(patterns.excludes("d/keep.log", false)).isFalse();
        assertThat(new ExcludePatterns(List.of("!keep.log", "*.log")).excludes("keep.log", false))
                .isTrue();
        assertThat(new ExcludePatterns(List.of("", "#")).isEmpty()).isTrue();
    }

    @Test
    void names_are_bytes_and_patterns_text_in_utf_8() {
        ExcludePatterns patterns = new ExcludePatterns(List.of("grün*"));
        assertThat(patterns.excludes("gr\u00c3\u00bcn\u00ff", false)).isTrue();
        assertThat(patterns.excludes("gr\u00fcn", false)).isFalse();
    }

    @Test
    void a_pattern_made_to_take_for_ever_does_not() {
        ExcludePatterns patterns = new ExcludePatterns(List.of("*a".repeat(200) + "b", "**/".repeat(100) + "x"));
        assertThat(patterns.excludes("a".repeat(255), false)).isFalse();
        assertThat(patterns.excludes("a/".repeat(500) + "y", false)).isFalse();
    }
}
