package dev.sandkeep.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An installation whose data directory is a real, small file system of its own. */
@NeedsSandboxHost
class FullDiskTest {
    private static final String BASE = "base_debian_bookworm";

    private Path folder;
    private Installation sandkeep;

    @BeforeEach
    void mountSmallDisk() throws Exception {
        folder = SharedInstallation.newFolder("disk");
        Path data = Files.createDirectory(folder.resolve("data"));
        run("truncate", "--size=1500M", folder.resolve("disk.img").toString());
        run("mkfs.ext4", "-q", "-F", folder.resolve("disk.img").toString());
        run("mount", "-o", "loop", folder.resolve("disk.img").toString(), data.toString());
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx--x--x"));
        run("rmdir", data.resolve("lost+found").toString());
        takeBaseImage(data);
        sandkeep = new Installation(folder).with("SANDKEEP_STORAGE_RESERVE_MIB", "100");
        sandkeep.startServer();
    }

    /** Debian is installed once for all tests. */
    private static void takeBaseImage(Path data) throws Exception {
        Installation shared = Installation.shared();
        Path base = shared.data().path().resolve("layers").resolve(BASE);
        if (Files.notExists(base)) {
            shared.publish("base", "baseImage: {debian: bookworm}\n");
        }
        Path layers = Files.createDirectory(
                data.resolve("layers"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        run("cp", "-a", base.toString(), layers.toString());
    }

    @AfterEach
    void remove() {
        new Removal(folder).run();
    }

    @Test
    void a_build_that_fills_the_disk_fails_with_storage_full_and_leaves_the_store_consistent() throws Exception {
        Path file = sandkeep.file("fills.yaml", """
                baseImage: {debian: bookworm}
                setupScript: |
                  for i in $(seq 400); do head -c 10M /dev/urandom > /opt/$i; sync; done
                limits: {memoryMiB: 512, cpus: 2.0, pids: 128, diskMiB: 100000}
                """);
        sandkeep.succeed("profile", "create", "fills", "-f", file.toString());

        var published = sandkeep.sandkeep("profile", "publish", "fills");

        assertThat(published.exitCode()).isEqualTo(1);
        assertThat(published.stderr()).contains("storage_full");
        Installation.await("no leaks", () -> sandkeep.leaks().isEmpty());
        assertThat(folder.resolve("data/layers").toFile().list()).containsExactly(BASE);

        sandkeep.publish("small", "baseImage: {debian: bookworm}\nsetupScript: echo small > /root/small\n");
        sandkeep.succeed("session", "start", "small", "--name", "after");
        assertThat(sandkeep.succeed("session", "exec", "after", "--", "cat", "/root/small"))
                .isEqualTo("small\n");
        sandkeep.deleteSessionsAndExpectNoLeaks();
    }

    private static void run(String... command) throws Exception {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor())
                .as(String.join(" ", command))
                .isZero();
    }
}
