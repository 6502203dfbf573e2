package dev.sandkeep.linux.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandkeep.spi.BaseImageSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ImageReferenceTest {
    private static final String DIGEST = "sha256:" + "0a".repeat(32);

    private static ImageReference of(String text) {
        return ImageReference.of(new BaseImageSource.Registry(text));
    }

    @Test
    void a_reference_is_read_as_docker_reads_it() {
        assertThat(of("debian")).hasToString("docker.io/library/debian:latest");
        assertThat(of("debian").address()).isEqualTo("registry-1.docker.io");
        assertThat(of("team/tool:1.2")).hasToString("docker.io/team/tool:1.2");
        assertThat(of("docker.io/debian:12")).hasToString("docker.io/library/debian:12");
        assertThat(of("quay.io/a/b/c:v1")).hasToString("quay.io/a/b/c:v1");
        assertThat(of("localhost/image")).hasToString("localhost/image:latest");
        assertThat(of("localhost:5000/image:tag"))
                .isEqualTo(new ImageReference("localhost:5000", "image", "tag", Optional.empty()));
        assertThat(of("[::1]:5000/image")).hasToString("[::1]:5000/image:latest");
        assertThat(of("r.example/i:t@" + DIGEST).wanted()).isEqualTo(DIGEST);
        assertThat(of("r.example/i@" + DIGEST)).hasToString("r.example/i@" + DIGEST);
    }

    @Test
    void what_is_no_reference_is_none() {
        for (String bad : List.of(
                "",
                "UPPER",
                "a//b",
                "a b",
                "a:",
                "a@sha256:12",
                "a@" + DIGEST + "x",
                "../a",
                "a/../b",
                "http://a/b",
                "a?x=y",
                "-a",
                "a:" + "t".repeat(129),
                "host:99999999/a",
                "a#b",
                "user@host/a")) {
            assertThatThrownBy(() -> of(bad)).as(bad).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void only_this_machine_and_what_is_named_is_spoken_to_without_tls() {
        RegistrySettings settings =
                new RegistrySettings(Optional.empty(), Set.of("registry.lan:5000"), Optional.empty());

        for (String plain :
                List.of("localhost", "localhost:5000", "127.0.0.1:1", "127.3.2.1", "[::1]:5000", "registry.lan:5000")) {
            assertThat(settings.plain(plain)).as(plain).isTrue();
        }
        for (String tls : List.of(
                "registry.lan",
                "registry.lan:5001",
                "127.0.0.1.example",
                "localhost.example:5000",
                "10.0.0.1",
                "[::2]")) {
            assertThat(settings.plain(tls)).as(tls).isFalse();
        }
    }
}
