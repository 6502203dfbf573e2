package dev.sandkeep.linux.slots;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResolverTest {
    @TempDir
    Path directory = Path.of("unset");

    private Resolver read(String plain, String behindSystemd) throws IOException {
        return Resolver.read(
                Files.writeString(directory.resolve("plain"), plain),
                Files.writeString(directory.resolve("behind"), behindSystemd));
    }

    @Test
    void resolvers_on_other_machines_are_copied_with_the_search_list() throws IOException {
        Resolver resolver = read("search example.org\nnameserver 192.0.2.53\nnameserver 192.0.2.54\n", "");

        assertThat(resolver.fileFor("10.213.0.2"))
                .isEqualTo("search example.org\nnameserver 192.0.2.53\nnameserver 192.0.2.54\n");
    }

    @Test
    void a_loopback_resolver_is_asked_through_the_gateway() throws IOException {
        Resolver resolver = read("nameserver 127.0.0.1\n", "");

        assertThat(resolver.direct()).isFalse();
        assertThat(resolver.servers()).containsExactly("127.0.0.1");
        assertThat(resolver.fileFor("10.213.0.2")).isEqualTo("nameserver 10.213.0.2\n");
    }

    @Test
    void the_servers_behind_systemd_resolved_are_used_instead_of_its_own_address() throws IOException {
        Resolver resolver = read("nameserver 127.0.0.53\noptions edns0\n", "nameserver 192.0.2.53\n");

        assertThat(resolver.fileFor("10.213.0.2")).isEqualTo("nameserver 192.0.2.53\n");
    }

    @Test
    void servers_that_only_speak_ipv6_are_asked_through_the_gateway() throws IOException {
        assertThat(read("nameserver 2001:db8::53\n", "").direct()).isFalse();
    }

    @Test
    void a_host_without_any_resolver_means_its_own() throws IOException {
        assertThat(read("", "").servers()).containsExactly("127.0.0.1");
    }
}
