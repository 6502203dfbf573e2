package dev.sandkeep.server.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.platform.config.ConfigurationKey;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ConfigurationPageTest {

    @Test
    void the_page_lists_every_key() throws IOException {
        StringBuilder page = new StringBuilder("""
                # Configuration

                <!-- Made from ConfigurationKey.java by ConfigurationPageTest. -->

                Every setting is a key in a YAML file, an environment variable, and an option of `sandkeep server`. Where
                several are given, the later of these wins: the file, the environment, a Java system property, the option.

                ```
                # /etc/sandkeep/application.yaml, or the file that SANDKEEP_CONFIG names
                sandkeep:
                  http:
                    port: 7080
                ```

                ```
                SANDKEEP_HTTP_PORT=7080 sandkeep server
                sandkeep server --sandkeep.http.port=7080
                ```

                `--data=` and `--port=` are short for the options of the data directory and the port. An unknown key or a value
                of the wrong form stops the start, and the message names the key.

                | key | variable | type | default | what it does |
                |---|---|---|---|---|
                """);
        for (ConfigurationKey key : ConfigurationKey.values()) {
            page.append("| `")
                    .append(key.key())
                    .append("` | `")
                    .append(key.environmentVariable())
                    .append("` | ")
                    .append(key.type().description())
                    .append(key.unit().isEmpty() ? "" : " (" + key.unit() + ")")
                    .append(" | ")
                    .append(key.defaultValue().isEmpty() ? "none" : "`" + key.defaultValue() + "`")
                    .append(" | ")
                    .append(key.description())
                    .append(" |\n");
        }
        page.append("""

                Settings of the chosen provider and volume backend stand under their names and are described with them:
                `sandkeep.linux.<setting>`, as a variable `SANDKEEP_LINUX_<SETTING>`.

                Log levels are set with `logging.level.<logger>` in the file.
                """);
        GeneratedPage.expect("configuration.md", page.toString());
    }

    @Test
    void every_default_is_valid() {
        for (ConfigurationKey key : ConfigurationKey.values()) {
            assertThat(key.key()).startsWith("sandkeep.").matches("[a-z.-]+");
            assertThat(key.environmentVariable()).matches("SANDKEEP_[A-Z_]+");
            assertThat(key.description()).endsWith(".");
        }
    }
}
