package dev.sandkeep.linux.slots;

import dev.sandkeep.linux.kernel.Descriptor;
import dev.sandkeep.linux.kernel.Mounts;
import dev.sandkeep.spi.IdRange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A short-lived process in new namespaces, for as long as it takes to open them: a process with threads, such as this one,
 * may not make a user namespace itself. It ends with this process, because its input does.
 */
final class NamespaceHolder implements AutoCloseable {
    private static final long PATIENCE = Duration.ofSeconds(20).toNanos();

    private final Process process;

    private NamespaceHolder(Process process) {
        this.process = process;
    }

    /** @param namespaces options of {@code unshare}, {@code --user} among them */
    static NamespaceHolder start(String... namespaces) {
        List<String> command = new ArrayList<>(List.of("unshare"));
        command.addAll(List.of(namespaces));
        command.addAll(List.of("--", "cat"));
        try {
            NamespaceHolder holder = new NamespaceHolder(new ProcessBuilder(command).start());
            holder.awaitProgram();
            return holder;
        } catch (IOException e) {
            throw new IllegalStateException("unshare could not be run", e);
        }
    }

    /** {@code unshare} has made the namespaces when it has become {@code cat}. */
    private void awaitProgram() throws IOException {
        Path name = Path.of("/proc", Long.toString(process.pid()), "comm");
        long deadline = System.nanoTime() + PATIENCE;
        while (!Files.readString(name).strip().equals("cat")) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                close();
                throw new IllegalStateException("unshare could not make namespaces on this host");
            }
            LockSupport.parkNanos(100_000);
        }
    }

    /** Maps the ids {@code inner} … of the user namespace to {@code outer} … of the host. */
    void map(long inner, long outer) {
        String map = inner + " " + outer + " " + IdRange.SIZE;
        try {
            Files.writeString(Path.of(path("../uid_map")), map);
            Files.writeString(Path.of(path("../gid_map")), map);
        } catch (IOException e) {
            throw new IllegalStateException("ids could not be mapped: " + map, e);
        }
    }

    /** The file that stands for the namespace of kind {@code name} while this is open. */
    String path(String name) {
        return "/proc/" + process.pid() + "/ns/" + name;
    }

    Descriptor open(String name) {
        return Mounts.openNamespace(path(name));
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
