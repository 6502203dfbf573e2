package dev.sandkeep.spi.contract;

import static dev.sandkeep.spi.contract.ProviderFixture.PATIENCE;
import static dev.sandkeep.spi.contract.ProviderFixture.awaitLine;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ExecProcess;
import dev.sandkeep.spi.IdRange;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.VolumeMount;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** What a hostile program inside must not reach. */
interface IsolationRules extends ProviderRules {
    @Test
    default void root_inside_is_an_unprivileged_user_outside() throws IOException {
        ComputeId id = host().newCompute();
        VolumeId volume = host().newVolume(id.sandbox(), "/srv/out");
        VolumeMount mount = host().attach(volume, id).getFirst();
        host().start(host().persisting(host().spec(id), List.of(mount)));

        host().sh(id, "touch /srv/out/file");

        assertThat((Integer) Files.getAttribute(mount.upper().resolve("file"), "unix:uid"))
                .isGreaterThanOrEqualTo(IdRange.SIZE);
        String[] map = host().sh(id, "cat /proc/self/uid_map").strip().split(" +");
        assertThat(map).hasSize(3);
        assertThat(Long.parseLong(map[1])).isGreaterThanOrEqualTo(IdRange.SIZE);
        assertThat(Long.parseLong(map[2])).isEqualTo(IdRange.SIZE);
    }

    @Test
    default void two_sandboxes_are_two_different_users_outside() {
        assertThat(host().sh(host().started(), "cat /proc/self/uid_map"))
                .isNotEqualTo(host().sh(host().started(), "cat /proc/self/uid_map"));
    }

    @Test
    default void files_of_the_host_cannot_be_read() throws IOException {
        Path secret = Files.createTempFile("sandkeep-contract", ".secret");
        try {
            Files.writeString(secret, "only the host may read this");
            ComputeId id = host().started();

            for (String path : List.of(secret.toString(), "/proc/1/root" + secret, "/proc/self/root" + secret)) {
                assertThat(host().run(id, "cat", path).output()).isEmpty();
            }
            assertThat(host().run(id, "grep", "-rsl", "only the host may read this", "/tmp", "/var/tmp", "/run")
                            .output())
                    .isEmpty();
        } finally {
            Files.delete(secret);
        }
    }

    @Test
    default void processes_of_the_host_and_of_other_sandboxes_cannot_be_seen() {
        ComputeId other = host().started();
        ComputeId id = host().started();
        try (ExecProcess neighbour = host().exec(other, "sh", "-c", "echo ready; exec sleep 98767")) {
            awaitLine(neighbour, "ready");

            assertThat(host().sh(id, "cat /proc/[0-9]*/cmdline 2> /dev/null | tr '\\0' ' '"))
                    .doesNotContain("98767")
                    .doesNotContain("surefire")
                    .doesNotContain("junit");
            assertThat(Integer.parseInt(host().sh(id, "ls -d /proc/[0-9]* | wc -l")))
                    .isLessThan(10);
        }
    }

    @Test
    default void nothing_can_be_mounted() {
        ComputeId id = host().started();

        assertThat(host().sh(id, """
                        mkdir -p /tmp/m; perl -e '
                          my $call = `uname -m` =~ /x86_64/ ? 165 : 40;
                          my ($type, $where) = ("tmpfs", "/tmp/m");
                          print syscall($call, $type, $where, $type, 0, 0) == 0 ? "mounted" : "refused: $!"'""")).isEqualTo("refused: Operation not permitted");
        assertThat(host().run(id, "unshare", "--mount", "true").exitCode()).isNotZero();
        assertThat(host().run(
                                id,
                                "unshare",
                                "--user",
                                "--map-root-user",
                                "--mount",
                                "mount",
                                "-t",
                                "tmpfs",
                                "x",
                                "/mnt")
                        .exitCode())
                .isNotZero();
    }

    @Test
    default void no_device_of_the_host_can_be_opened() {
        ComputeId id = host().started();

        assertThat(host().run(id, "sh", "-c", "mknod /tmp/disk b 254 0 && head -c 1 /tmp/disk")
                        .exitCode())
                .isNotZero();
        assertThat(host().run(id, "sh", "-c", "mknod /tmp/mem c 1 1 && head -c 1 /tmp/mem")
                        .exitCode())
                .isNotZero();
        assertThat(host().sh(id, "find /dev -type b; ls /dev/null /dev/zero /dev/urandom /dev/tty"))
                .isEqualTo("/dev/null\n/dev/tty\n/dev/urandom\n/dev/zero");
    }

    @Test
    default void settings_of_the_kernel_cannot_be_changed() {
        ComputeId id = host().started();

        for (String path : List.of(
                "/proc/sysrq-trigger",
                "/proc/sys/kernel/core_pattern",
                "/proc/sys/vm/overcommit_memory",
                "/proc/sys/kernel/hostname",
                "/proc/irq/default_smp_affinity")) {
            assertThat(host().run(id, "sh", "-c", "test -e " + path + " && echo x > " + path)
                            .exitCode())
                    .as(path)
                    .isNotZero();
        }
        assertThat(host().run(id, "sh", "-c", "find /sys -writable -type f 2> /dev/null | head -1")
                        .exitCode())
                .isZero();
        assertThat(host().run(id, "mkdir", "/sys/fs/cgroup/mine").exitCode()).isNotZero();
        assertThat(host().run(id, "sh", "-c", "head -c 1 /proc/kcore | wc -c").text())
                .isEqualTo("0");
    }

    @Test
    default void no_dangerous_privilege_can_be_had() {
        ComputeId id = host().started();

        String status = host().sh(id, "grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t'");

        assertThat(status).contains("NoNewPrivs:1").contains("Seccomp:2");
        // The set that container runtimes give by default: no capability outside of it.
        long usual = 0xa80425fbL;
        for (String line : status.lines().filter(it -> it.startsWith("Cap")).toList()) {
            assertThat(Long.parseUnsignedLong(line.substring(line.indexOf(':') + 1), 16) & ~usual)
                    .as(line)
                    .isZero();
        }
    }

    @Test
    default void processes_without_a_parent_are_reaped() {
        ComputeId id = host().started();

        host().sh(id, "for i in 1 2 3 4 5; do (sleep 0.1 &) ; done");

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(
                                host().sh(
                                                id,
                                                "cat /proc/[0-9]*/stat 2> /dev/null | sed 's/.*) //' | cut -c1 | grep -c -E 'Z|S' | cat"))
                        .satisfies(count -> assertThat(Integer.parseInt(count)).isLessThan(6)));
        assertThat(host().sh(id, "cat /proc/[0-9]*/stat 2> /dev/null | grep -c ') Z ' | cat"))
                .isEqualTo("0");
    }

    @Test
    default void a_sandbox_can_install_what_belongs_to_other_users() {
        ComputeId id = host().started();

        assertThat(host().sh(id, """
                        cp /bin/true /opt/tool && chown 1000:1000 /opt/tool && chmod 4755 /opt/tool
                        perl -e '$) = "1000 1000"; $> = 1000; print "$>\\n"; open my $f, ">", "/tmp/mine" or die $!'
                        stat -c '%u' /tmp/mine; test -w /dev/null && test -d /dev/pts && echo devices""")).isEqualTo("1000\n1000\ndevices");
    }

    // -------------------------------------------------------------------------------------------------- network

    @Test
    default void a_service_inside_reaches_itself() {
        ComputeId id = host().started();
        try (ExecProcess service = listening(id)) {
            service.stdin();
            assertThat(connects(id, "127.0.0.1", 9000)).isTrue();
            assertThat(connects(id, ownAddress(id), 9000)).isTrue();
        }
    }

    @Test
    default void sandboxes_cannot_reach_each_other() {
        ComputeId server = host().started();
        ComputeId client = host().started();
        try (ExecProcess service = listening(server)) {
            service.stdin();
            String address = ownAddress(server);

            assertThat(address).isNotEqualTo(ownAddress(client));
            assertThat(connects(client, address, 9000)).isFalse();
        }
    }

    @Test
    default void services_of_the_host_cannot_be_reached_at_any_of_its_addresses() throws Exception {
        ComputeId id = host().started();
        try (ServerSocket service = new ServerSocket(0, 50, InetAddress.getByName("::"))) {
            List<String> addresses = new ArrayList<>();
            for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
                for (InetAddress address : each.inetAddresses().toList()) {
                    if (!address.isLoopbackAddress()) {
                        try (Socket control = new Socket(address, service.getLocalPort())) {
                            assertThat(control.isConnected()).isTrue();
                        }
                        addresses.add(withoutZone(address));
                    }
                }
            }

            assertThat(addresses)
                    .as("the host has an address that a sandbox could try")
                    .isNotEmpty();
            addresses.add("127.0.0.1");
            assertThat(reached(id, addresses, service.getLocalPort())).isEmpty();
        }
    }

    private static String withoutZone(InetAddress address) {
        String text = address.getHostAddress();
        int zone = text.indexOf('%');
        return address instanceof Inet6Address && zone >= 0 ? text.substring(0, zone) + "%eth0" : text;
    }

    /**
     * The address under which clouds serve credentials, here given to this machine itself for the time of the test: a packet
     * that gets out of the sandbox is answered here and goes no further.
     */
    @Test
    default void the_address_of_cloud_metadata_cannot_be_reached() throws Exception {
        ComputeId id = host().started();
        String metadata = "169.254.169.254";
        boolean added = ip("addr", "add", metadata + "/32", "dev", "lo");
        try (ServerSocket service = new ServerSocket()) {
            service.bind(new InetSocketAddress(metadata, 0));
            try (Socket control = new Socket(metadata, service.getLocalPort())) {
                assertThat(control.isConnected()).isTrue();
            }

            assertThat(connects(id, metadata, service.getLocalPort())).isFalse();
        } finally {
            if (added) {
                ip("addr", "del", metadata + "/32", "dev", "lo");
            }
        }
    }

    private static boolean ip(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        int exit = process.waitFor();
        // Another run on this machine may have it there already.
        assertThat(exit == 0 || output.toLowerCase(Locale.ROOT).contains("exists"))
                .as(output)
                .isTrue();
        return exit == 0;
    }

    /** A service on port 9000 of all addresses of the sandbox. */
    private ExecProcess listening(ComputeId id) {
        ExecProcess service = host().exec(id, "perl", "-MIO::Socket::INET", "-e", """
                my $s = IO::Socket::INET->new(LocalPort => 9000, Listen => 9, ReuseAddr => 1) or die $!;
                $| = 1; print "listening\\n"; while (my $c = $s->accept) { print $c "hello\\n"; close $c }""");
        awaitLine(service, "listening");
        return service;
    }

    /** The address from which the sandbox would speak to the world; nothing is sent. */
    private String ownAddress(ComputeId id) {
        return host().sh(
                        id,
                        "perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(Proto => \"udp\", PeerAddr => \"192.0.2.1\", "
                                + "PeerPort => 9) or die $!; print $s->sockhost'");
    }

    private boolean connects(ComputeId id, String address, int port) {
        return !reached(id, List.of(address), port).isEmpty();
    }

    /** Which addresses a connection can be made to, each on a line; all are tried at the same time. */
    private String reached(ComputeId id, List<String> addresses, int port) {
        return host().sh(id, """
                for address in %s; do
                  (timeout 2 bash -c "exec 3<> /dev/tcp/$address/%d" 2> /dev/null && echo "$address") &
                done; wait""".formatted(String.join(" ", addresses), port));
    }
}
