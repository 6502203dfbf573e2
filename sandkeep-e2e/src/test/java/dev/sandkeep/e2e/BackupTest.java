package dev.sandkeep.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.client.Session;
import dev.sandkeep.cli.client.Sessions;
import java.io.File;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A whole installation is backed up while it works, goes on, and comes back elsewhere as it was. */
@NeedsSandboxHost
class BackupTest {
    /** A name that is no UTF-8, an extended attribute, a hard link, a hole, a link, and a file of the snapshot that is gone. */
    private static final String MAKE = """
            set -e
            cd /root
            printf odd > "$(printf 'odd-\\377-name')"
            printf linked > one; ln one two; ln -s two three
            perl -e 'my ($f, $n, $v) = ("one", "user.color", "red"); syscall(188, $f, $n, $v, 3, 0) == 0 or die $!'
            truncate -s 20M hole
            rm prepared
            echo work >> notes
            """;

    private static final String LOOK = """
            cd /root
            cat "$(printf 'odd-\\377-name')" three; echo
            stat -c %h one two
            perl -e 'my ($f, $n, $b) = ("two", "user.color", " " x 16); print substr($b, 0, syscall(191, $f, $n, $b, 16)), "\\n"'
            stat -c %s hole
            test ! -e prepared
            cat notes
            """;

    private static final String[] NAMES = {"resting", "working"};
    private static final String AS_IT_WAS = "oddlinked\n2\n2\nred\n20971520\nwork\n";

    private static Installation first;
    private Path folder = Path.of("");

    @BeforeAll
    static void publish() throws Exception {
        first = Installation.shared();
        first.succeed("settings", "set", "allowPersistentSandboxes=true");
        first.publish("backed-up", TinyProfile.YAML);
    }

    @BeforeEach
    void sessionsWithWork() throws Exception {
        folder = SharedInstallation.newFolder("backup");
        try (SandkeepClient client = first.client()) {
            Sessions sessions = new Sessions(client);
            for (String name : NAMES) {
                sessions.start(Json.object().put("profile", "backed-up").put("name", name));
                in(first, name, MAKE);
            }
            sessions.stop("resting", Json.object());
        }
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        first.startServer();
        first.deleteSessionsAndExpectNoLeaks();
        new Removal(folder).run();
    }

    @Test
    void it_comes_back_elsewhere_as_it_was_with_all_that_was_kept() throws Exception {
        String key = Json.parse(first.succeed("key", "create", "before", "--scope", "read", "--json"))
                .path("text")
                .asString();
        String backup = folder.resolve("kept").toString();
        String without = first.sandkeep("backup", "create", backup).stderr();
        assertThat(without).contains("--stop-server");

        first.succeed("backup", "create", backup, "--stop-server");

        assertThat(in(first, "working", "echo more >> /root/notes; cat /root/notes"))
                .as("the same compute went on")
                .isEqualTo("work\nmore\n");
        assertThat(session(first, "working").generation()).isEqualTo(1);
        try (SandkeepClient client = first.client()) {
            new Sessions(client).start(Json.object().put("profile", "backed-up").put("name", "later"));
        }
        first.deleteSessionsAndExpectNoLeaks();
        first.succeed("server", "stop");

        Path archive = Path.of(backup, "installation.tar.zst");
        Installation second = new Installation(folder);
        flip(archive);
        assertThat(second.sandkeep("backup", "verify", backup).exitCode()).isEqualTo(1);
        assertThat(second.sandkeep("backup", "restore", backup).stderr())
                .contains("installation.tar.zst", "digest", "Nothing was changed");
        assertThat(second.data().path()).doesNotExist();
        flip(archive);

        second.succeed("backup", "restore", backup);
        assertThat(second.sandkeep("backup", "restore", backup).stderr()).contains("not empty", "--replace");
        second.startServer();
        try {
            try (SandkeepClient client = new SandkeepClient(second.server().url(), key)) {
                assertThat(client.list(Route.of("sessions")).stream()
                                .map(it -> it.path("name").asString()))
                        .as("with the key of then, and without what was made afterwards")
                        .containsExactlyInAnyOrder(NAMES);
            }
            for (String name : NAMES) {
                Installation.await(
                        name + " is stopped",
                        () -> session(second, name).state().equals("stopped"));
            }
            assertThat(session(second, "working").stopReason()).isEqualTo("compute_lost");
            try (SandkeepClient client = second.client()) {
                for (String name : NAMES) {
                    new Sessions(client).resume(name);
                    assertThat(in(second, name, LOOK)).as(name).isEqualTo(AS_IT_WAS);
                }
            }
            second.deleteSessionsAndExpectNoLeaks();
        } finally {
            second.succeed("server", "stop");
        }
    }

    @Test
    void one_that_is_killed_half_way_leaves_a_working_installation_and_no_backup() throws Exception {
        String backup = folder.resolve("half").toString();
        Process making = first.start(new File("/dev/null"), "backup", "create", backup, "--stop-server")
                .process();
        Path marker = first.data().path().resolve("backup-running");
        Installation.await(
                "the server is stopped",
                () -> Files.exists(marker) && first.data().server().isEmpty());
        making.destroyForcibly().waitFor(60, TimeUnit.SECONDS);

        Installation.await(
                "the server is started again", () -> first.data().server().isPresent() && Files.notExists(marker));
        assertThat(in(first, "working", "cat /root/notes")).isEqualTo("work\n");
        assertThat(session(first, "working").generation()).isEqualTo(1);
        assertThat(first.sandkeep("backup", "restore", backup).stderr()).contains("not a finished backup");
    }

    private static void flip(Path file) throws Exception {
        try (RandomAccessFile content = new RandomAccessFile(file.toFile(), "rw")) {
            long middle = content.length() / 2;
            content.seek(middle);
            int before = content.read();
            content.seek(middle);
            content.write(before ^ 1);
        }
    }

    private static String in(Installation installation, String session, String script) {
        try (SandkeepClient client = installation.client()) {
            var ended = new Sessions(client).shell(session, script);
            assertThat(ended.path("exitCode").asInt())
                    .as(ended.toPrettyString())
                    .isZero();
            return ended.path("stdout").asString();
        }
    }

    private static Session session(Installation installation, String name) {
        try (SandkeepClient client = installation.client()) {
            return new Sessions(client).find(name);
        }
    }
}
