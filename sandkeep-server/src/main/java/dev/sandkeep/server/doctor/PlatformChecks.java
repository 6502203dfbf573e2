package dev.sandkeep.server.doctor;

import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.config.StartFailure;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.spi.HostCheck;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What every server needs of a machine, whatever runs its sandboxes. */
final class PlatformChecks {
    private static final int JAVA = 25;
    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;
    private static final long MEMORY_NEEDED = 512 * MIB;
    private static final long MEMORY_WANTED = 1536 * MIB;
    private static final long DISK_NEEDED = 2 * GIB;
    private static final long DISK_WANTED = 10 * GIB;

    private final SandkeepProperties properties;

    PlatformChecks(SandkeepProperties properties) {
        this.properties = properties;
    }

    List<HostCheck> all() {
        return List.of(java(), memory(), disk(), dataDirectory(), database(), port());
    }

    private static HostCheck java() {
        int version = Runtime.version().feature();
        return version >= JAVA
                ? HostCheck.ok("server.java", "Java " + Runtime.version())
                : HostCheck.failed(
                        "server.java",
                        "Java " + version + " is too old",
                        "start through ./sandkeep, which finds or gets Java " + JAVA);
    }

    private static HostCheck memory() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
            long available = lines.filter(line -> line.startsWith("MemAvailable:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .findFirst()
                    .orElseThrow(() -> new IOException("no line MemAvailable"));
            return graded(
                    "server.memory",
                    available / MIB + " MiB of memory available",
                    available,
                    MEMORY_NEEDED,
                    MEMORY_WANTED,
                    "the server needs about 600 MiB with its database, every sandbox its own on top: end something, or"
                            + " add memory");
        } catch (IOException e) {
            return HostCheck.warning("server.memory", "/proc/meminfo cannot be read: " + e.getMessage(), "mount /proc");
        }
    }

    private HostCheck disk() {
        Path place = properties.data();
        while (!Files.isDirectory(place) && place.getParent() != null) {
            place = place.getParent();
        }
        try {
            long free = Files.getFileStore(place).getUsableSpace();
            return graded(
                    "server.disk",
                    String.format("%.1f GiB free for %s", (double) free / GIB, properties.data()),
                    free,
                    DISK_NEEDED,
                    DISK_WANTED,
                    "a Debian base image takes 0.3 GiB, snapshots and volumes what is put into them: free space, or name"
                            + " another data directory in SANDKEEP_DATA");
        } catch (IOException e) {
            return HostCheck.failed(
                    "server.disk", place + " cannot be asked for free space: " + e.getMessage(), "check that disk");
        }
    }

    private HostCheck dataDirectory() {
        Path data = properties.data();
        try {
            if (!Files.exists(data)) {
                return HostCheck.ok("server.data", data + " does not exist yet and will be made");
            }
            Optional<Path> closed = DataDirectory.notTraversable(data);
            if (closed.isPresent()) {
                return HostCheck.failed(
                        "server.data",
                        closed.get() + " does not let other users pass, as the container runtime must",
                        "chmod o+x " + closed.get());
            }
            if (!Files.isWritable(data)) {
                return HostCheck.failed(
                        "server.data", data + " cannot be written by this user", "run the server as its owner");
            }
            return HostCheck.ok(
                    "server.data",
                    DataDirectory.existing(data)
                            .map(known -> data + ", installation " + known.installation())
                            .orElse(data + " is empty"));
        } catch (StartFailure e) {
            return HostCheck.failed("server.data", e.getMessage() + "", e.nextStep());
        } catch (IOException e) {
            return HostCheck.failed(
                    "server.data", data + " cannot be read: " + e.getMessage(), "check its permissions");
        }
    }

    /** The embedded database does not run as root; it needs the programs that make it somebody else. */
    private HostCheck database() {
        if (properties.databaseUrl().isPresent()) {
            return HostCheck.ok("server.database", "an external one is configured; the server tries it when it starts");
        }
        for (String program : List.of("setsid", "setpriv", "useradd")) {
            if (Programs.find(program).isEmpty()) {
                return HostCheck.missing(
                        "server.database",
                        program + " is not installed: lets the embedded database run unprivileged",
                        List.of(program.equals("useradd") ? "passwd" : "util-linux"));
            }
        }
        return HostCheck.ok(
                "server.database", "embedded, in " + properties.data().resolve("postgres"));
    }

    private HostCheck port() {
        String place = properties.httpAddress() + ":" + properties.httpPort();
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getByName(properties.httpAddress()), properties.httpPort()));
            return HostCheck.ok("server.port", place + " is free");
        } catch (IOException e) {
            Optional<RunningServerFile> ours =
                    RunningServerFile.read(properties.data()).filter(server -> server.port() == properties.httpPort());
            return ours.map(server -> HostCheck.ok(
                            "server.port",
                            place + " is the Sandkeep server of this data directory (process " + server.pid() + ")"))
                    .orElseGet(() -> HostCheck.failed(
                            "server.port",
                            place + " cannot be used: " + e.getMessage(),
                            "stop what listens there (ss -ltnp 'sport = :" + properties.httpPort()
                                    + "' shows it), or set SANDKEEP_HTTP_PORT"));
        }
    }

    private static HostCheck graded(String id, String detail, long value, long needed, long wanted, String remedy) {
        if (value < needed) {
            return HostCheck.failed(id, detail, remedy);
        }
        return value < wanted ? HostCheck.warning(id, detail, remedy) : HostCheck.ok(id, detail);
    }
}
