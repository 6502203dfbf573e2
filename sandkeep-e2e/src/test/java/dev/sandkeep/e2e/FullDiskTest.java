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
    private Path folder;
    private Installation sandkeep;

    /** Less than what scripts say, and than half of what they say on top of what an idle server needs. */
    private static final String SMALL_HEAP = "96m";

    @BeforeEach
    void mountSmallDisk() throws Exception {
        folder = SharedInstallation.newFolder("disk");
        Path data = Files.createDirectory(folder.resolve("data"));
        HostCommand.run("truncate", "--size=1500M", folder.resolve("disk.img").toString());
        HostCommand.run("mkfs.ext4", "-q", "-F", folder.resolve("disk.img").toString());
        HostCommand.run("mount", "-o", "loop", folder.resolve("disk.img").toString(), data.toString());
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx--x--x"));
        HostCommand.run("rmdir", data.resolve("lost+found").toString());
        SharedInstallation.copyBaseImage(data);
        sandkeep = new Installation(folder)
                .with("SANDKEEP_STORAGE_RESERVE_MIB", "100")
                .with("SANDKEEP_SERVER_JAVA_OPTS", "-Xmx" + SMALL_HEAP);
        sandkeep.startServer();
    }

    @AfterEach
    void remove() {
        new Removal(folder).run();
    }

    @Test
    void builds_that_fill_the_disk_or_talk_without_end_leave_store_and_memory_as_they_were() throws Exception {
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
        assertThat(folder.resolve("data/layers").toFile().list()).containsExactly(SharedInstallation.BASE);

        expectThatLongOutputIsCutInTheMiddle();

        sandkeep.publish("small", "baseImage: {debian: bookworm}\nsetupScript: echo small > /root/small\n");
        sandkeep.succeed("session", "start", "small", "--name", "after");
        assertThat(sandkeep.succeed("session", "exec", "after", "--", "cat", "/root/small"))
                .isEqualTo("small\n");
        sandkeep.deleteSessionsAndExpectNoLeaks();
    }

    /** A server that kept what a script says would run out of memory, and end; another attempt would follow. */
    private void expectThatLongOutputIsCutInTheMiddle() throws Exception {
        sandkeep.publish("talks", """
                baseImage: {debian: bookworm}
                setupScript: |
                  echo begun
                  { yes 'one of very many lines' || true; } | head -c 60M
                  head -c 60M /dev/zero | tr '\\0' x
                  head -c 10M /dev/urandom
                  echo
                  echo ended
                """);
        var log = sandkeep.succeed("snapshot", "log", "talks");
        assertThat(log).contains("begun", "ended", "are left out here");
        assertThat(log.length()).isLessThan(20 << 20);
        assertThat(sandkeep.succeed("snapshot", "list", "--jobs", "--profile", "talks", "--json"))
                .containsPattern("\"attempt\" ?: ?1\\b");
    }
}
