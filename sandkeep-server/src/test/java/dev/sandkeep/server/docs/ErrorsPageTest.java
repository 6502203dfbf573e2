package dev.sandkeep.server.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.platform.errors.ProblemCode;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ErrorsPageTest {

    @Test
    void the_page_lists_every_code() throws IOException {
        StringBuilder page = new StringBuilder("""
                # Errors

                <!-- Made from ProblemCode.java by ErrorsPageTest. -->

                Every failure that a user can see has a code that does not change, a sentence, and a next step.

                ## Answers to requests

                An answer that is not a success is a problem document (RFC 9457, `application/problem+json`) with `type`,
                `title`, `status`, `detail`, `code` and `nextStep`. With `validation_failed` it also has `errors`, one for each
                mistake, with `field`, `code` and `message`.

                | code | status | what happened | what to do |
                |---|---|---|---|
                """);
        for (ProblemCode code : ProblemCode.values()) {
            if (code.status() > 0) {
                row(page, code, " | " + code.status());
            }
        }
        page.append("""

                ## Codes in resources

                These say why a snapshot job, a sandbox or a feature did not do what was asked.

                | code | what happened | what to do |
                |---|---|---|
                """);
        for (ProblemCode code : ProblemCode.values()) {
            if (code.status() == 0) {
                row(page, code, "");
            }
        }
        GeneratedPage.expect("errors.md", page.toString());
    }

    @Test
    void every_code_says_what_happened_and_what_to_do() {
        for (ProblemCode code : ProblemCode.values()) {
            assertThat(code.sentence()).as(code.code()).endsWith(".");
            assertThat(code.nextStep()).as(code.code()).isNotBlank();
            assertThat(code.status())
                    .as(code.code())
                    .satisfiesAnyOf(
                            s -> assertThat(s).isZero(), s -> assertThat(s).isBetween(400, 599));
        }
    }

    private static void row(StringBuilder page, ProblemCode code, String status) {
        page.append("| `")
                .append(code.code())
                .append('`')
                .append(status)
                .append(" | ")
                .append(code.sentence())
                .append(" | ")
                .append(code.nextStep().replace("|", "\\|"))
                .append(" |\n");
    }
}
