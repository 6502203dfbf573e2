package dev.sandkeep.server.platform.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandkeep.server.platform.config.StartFailure;
import dev.sandkeep.server.testing.PostgresFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;

class DataDirectoryTest {
    private final Path parent = PostgresFixture.passableDirectory();
    private final Path root = parent.resolve("data");

    @Test
    void a_new_one_can_be_passed_by_others_and_read_by_none() throws IOException {
        DataDirectory made = DataDirectory.open(root);
        assertThat(made.installation()).matches("[0-9a-f]{8}");
        assertThat(mode(root)).isEqualTo("rwx--x--x");
        made.writeSecret("key", "secret");
        assertThat(mode(root.resolve("key"))).isEqualTo("rw-------");
        assertThat(mode(made.privateDirectory("inner"))).isEqualTo("rwx------");
        assertThat(made.readSecret("key")).contains("secret");
    }

    @Test
    void it_keeps_its_identity() {
        assertThat(DataDirectory.open(root)).isEqualTo(DataDirectory.open(root));
    }

    @Test
    void one_of_a_newer_version_is_refused_with_what_to_do() throws IOException {
        DataDirectory.open(root);
        Files.writeString(root.resolve("data.json"), "{\"format\":2,\"installation\":\"0123abcd\"}");
        assertThatThrownBy(() -> DataDirectory.open(root))
                .isInstanceOfSatisfying(
                        StartFailure.class,
                        failure -> assertThat(failure.forPeople())
                                .contains("newer version")
                                .contains(root.toString())
                                .contains("next: Start that newer version"));
    }

    @Test
    void a_damaged_identity_is_not_replaced() throws IOException {
        DataDirectory.open(root);
        Files.writeString(root.resolve("data.json"), "{}");
        assertThatThrownBy(() -> DataDirectory.open(root))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("damaged");
        assertThat(Files.readString(root.resolve("data.json"))).isEqualTo("{}");
    }

    @Test
    void one_that_others_cannot_pass_is_refused_naming_the_closed_door() throws IOException {
        DataDirectory.open(root);
        Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("rwx------"));
        assertThatThrownBy(() -> DataDirectory.open(root))
                .isInstanceOfSatisfying(
                        StartFailure.class,
                        failure -> assertThat(failure.nextStep()).startsWith("Run chmod o+x " + parent));
    }

    @Test
    void a_file_in_its_place_is_refused() throws IOException {
        Files.writeString(root, "");
        assertThatThrownBy(() -> DataDirectory.open(root)).isInstanceOf(StartFailure.class);
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
