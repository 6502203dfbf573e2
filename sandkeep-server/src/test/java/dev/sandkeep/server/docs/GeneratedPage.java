package dev.sandkeep.server.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A page of {@code docs/} that a test makes. With {@code -Dsandkeep.docs.update=true} the test writes it instead. */
final class GeneratedPage {
    private GeneratedPage() {}

    static void expect(String name, String content) throws IOException {
        Path page = Path.of("..", "docs", name);
        if (Boolean.getBoolean("sandkeep.docs.update")) {
            Files.createDirectories(page.getParent());
            Files.writeString(page, content);
        }
        assertThat(Files.exists(page) ? Files.readString(page) : "")
                .as(
                        "docs/%s is made from the code; write it anew with: ./mvnw -pl sandkeep-server -am test"
                                + " -Dtest='*PageTest' -Dsurefire.failIfNoSpecifiedTests=false -Dsandkeep.docs.update=true",
                        name)
                .isEqualTo(content);
    }
}
