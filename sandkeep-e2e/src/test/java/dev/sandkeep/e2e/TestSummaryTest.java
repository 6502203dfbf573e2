package dev.sandkeep.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestSummaryTest {

    @TempDir
    private Path reports;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @Test
    void counts_every_test_once_and_closes_with_one_line() throws IOException {
        report("a.OneTest", """
                <testcase name="passes" classname="a.OneTest"/>
                <testcase name="fails" classname="a.OneTest">
                  <failure message="expected 1&#10;but was 2"><![CDATA[trace]]></failure>
                </testcase>
                <testcase name="breaks" classname="a.OneTest"><error type="x">boom
                  at somewhere</error></testcase>
                """);
        report("a.TwoTest", """
                <testcase name="waits" classname="a.TwoTest"><skipped message="no Docker here"/></testcase>
                <testcase name="" classname="a.TwoTest"><skipped><![CDATA[the whole class]]></skipped></testcase>
                """);

        boolean good = print(false, "");

        assertThat(good).isFalse();
        assertThat(printed.toString(UTF_8)).isEqualTo("""
                        Failed:
                          a.OneTest.fails: expected 1
                          a.OneTest.breaks: boom
                        Skipped:
                          a.TwoTest.waits: no Docker here
                          a.TwoTest: the whole class
                        1 passed, 2 failed, 2 skipped
                        """);
    }

    @Test
    void a_skipped_test_is_good_unless_its_class_has_to_run() throws IOException {
        report("a.linux.OneTest", """
                <testcase name="mounts" classname="a.linux.OneTest"><skipped message="not root"/></testcase>
                """);

        assertThat(print(false, "")).isTrue();
        assertThat(print(false, "a.server")).isTrue();
        assertThat(print(false, "a.linux")).isFalse();
        assertThat(printed.toString(UTF_8))
                .contains("1 of the skipped tests belong to a.linux")
                .endsWith("0 passed, 0 failed, 1 skipped\n");
    }

    @Test
    void a_failed_build_fails_the_run_though_no_test_failed() throws IOException {
        assertThat(print(true, "")).isFalse();
        assertThat(printed.toString(UTF_8)).endsWith("0 passed, 0 failed, 0 skipped\n");
    }

    @Test
    void half_a_report_is_an_error_that_names_the_file() throws IOException {
        Path half = reports.resolve("TEST-a.HalfTest.xml");
        Files.writeString(half, "<testsuite><testcase name=\"a\" classname=\"b\">");

        assertThatIOException()
                .isThrownBy(() -> TestSummary.read(List.of(reports)))
                .withMessageContaining(half.toString());
    }

    private void report(String className, String tests) throws IOException {
        Files.writeString(
                reports.resolve("TEST-" + className + ".xml"),
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"" + className + "\">\n" + tests
                        + "</testsuite>\n");
    }

    private boolean print(boolean buildFailed, String neverSkip) throws IOException {
        TestSummary summary = TestSummary.read(List.of(reports, reports.resolve("missing")));
        return summary.print(new PrintStream(printed, true, UTF_8), buildFailed, neverSkip);
    }
}
