package dev.sandkeep.linux;

import dev.sandkeep.linux.computes.LowerStyleProbe;
import dev.sandkeep.linux.computes.RootFileSystem;
import dev.sandkeep.linux.files.Command;
import dev.sandkeep.linux.kernel.Mounts.LowerStyle;
import dev.sandkeep.linux.kernel.PrivateMounts;
import dev.sandkeep.linux.runtime.ControlGroups;
import dev.sandkeep.linux.slots.Resolver;
import dev.sandkeep.spi.HostCheck;
import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.ProviderException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What {@code sandkeep doctor} looks at for this provider. */
final class HostDiagnosis {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Path SECCOMP = Path.of("/usr/share/containers/seccomp.json");

    private final ProviderConfig config;

    HostDiagnosis(ProviderConfig config) {
        this.config = config;
    }

    /** What must hold before anything can be tried; quick. */
    List<HostCheck> essentials() {
        List<HostCheck> checks = new ArrayList<>();
        checks.add(root());
        checks.add(program("linux.catatonit", "first process of every sandbox", "catatonit", "catatonit"));
        checks.add(program("linux.nft", "isolates the sandboxes' network", "nft", "nftables"));
        checks.add(program("linux.ip", "links the sandboxes' network", "ip", "iproute2"));
        checks.add(program("linux.unshare", "makes namespaces", "unshare", "util-linux"));
        checks.add(seccomp());
        checks.add(oci());
        return checks;
    }

    /** All checks, with those that try something real. */
    List<HostCheck> everything() {
        List<HostCheck> checks = new ArrayList<>(essentials());
        checks.add(program("linux.mmdebstrap", "builds Debian base images", "mmdebstrap", "mmdebstrap"));
        boolean ready = checks.stream().noneMatch(check -> check.result() == HostCheck.Result.FAILED);
        checks.add(cgroups());
        if (root().result() == HostCheck.Result.OK) {
            checks.add(overlay());
            checks.add(accessLists());
        }
        if (ready) {
            checks.add(runtime());
            checks.add(network());
        }
        checks.add(resolver());
        return checks;
    }

    private static HostCheck root() {
        return "root".equals(System.getProperty("user.name"))
                ? HostCheck.ok("linux.root", "runs as root")
                : HostCheck.failed(
                        "linux.root",
                        "sandboxes need mounts and namespaces, which only root can make",
                        "run the server as root, for example with sudo");
    }

    private static HostCheck program(String id, String purpose, String program, String debianPackage) {
        return Command.find(program)
                .map(path -> HostCheck.ok(id, path + ": " + purpose))
                .orElseGet(
                        () -> HostCheck.missing(id, program + " is not installed: " + purpose, List.of(debianPackage)));
    }

    private static HostCheck seccomp() {
        return Files.isReadable(SECCOMP)
                ? HostCheck.ok("linux.seccomp", SECCOMP + ": which system calls sandboxes may make")
                : HostCheck.missing(
                        "linux.seccomp",
                        SECCOMP + " is missing: which system calls sandboxes may make",
                        List.of("golang-github-containers-common"));
    }

    private static HostCheck oci() {
        List<String> found = List.of("crun", "runc").stream()
                .filter(name -> Command.find(name).isPresent())
                .toList();
        return found.isEmpty()
                ? HostCheck.missing("linux.oci", "no OCI runtime is installed", List.of("runc", "crun"))
                : HostCheck.ok("linux.oci", "installed: " + String.join(", ", found));
    }

    private static HostCheck cgroups() {
        if (!Files.isDirectory(Path.of("/sys/fs/cgroup"))) {
            return HostCheck.failed(
                    "linux.cgroup", "no cgroups are mounted at /sys/fs/cgroup", "boot with cgroups enabled");
        }
        return HostCheck.ok("linux.cgroup", ControlGroups.unified() ? "version 2" : "version 1 or hybrid");
    }

    private HostCheck overlay() {
        Path place = RuntimeChoice.nearestDirectory(config.dataDirectory());
        try {
            LowerStyle style = LowerStyleProbe.probe(place);
            return HostCheck.ok(
                    "linux.overlay",
                    "id-mapped layers, taken "
                            + (style == LowerStyle.EACH_DETACHED ? "one by one" : "joined (older kernel)"));
        } catch (RuntimeException e) {
            return HostCheck.failed(
                    "linux.overlay",
                    "overlay mounts do not work in " + place + ": " + e.getMessage(),
                    "use Linux 5.19 or later and a data directory on ext4, xfs or btrfs");
        }
    }

    private HostCheck accessLists() {
        Path place = RuntimeChoice.nearestDirectory(config.dataDirectory());
        try (PrivateMounts mounts = new PrivateMounts(List.of())) {
            boolean kept = mounts.call(() -> new RootFileSystem(LowerStyleProbe.probe(place)).keepsAccessLists(place));
            return kept
                    ? HostCheck.ok("linux.access-lists", "access lists (ACLs) come back from snapshots as they were")
                    : HostCheck.warning(
                            "linux.access-lists",
                            "users and groups that access lists (ACLs) name read as nobody in files that come from a"
                                    + " snapshot: kernel " + System.getProperty("os.version")
                                    + " does not translate them through overlay layers",
                            "use a newer kernel, for example Debian 12's linux-image-amd64 from backports; nothing else is"
                                    + " affected");
        } catch (RuntimeException e) {
            return HostCheck.warning(
                    "linux.access-lists",
                    "could not be tried in " + place + ": " + e.getMessage(),
                    "see what linux.overlay says");
        }
    }

    private HostCheck runtime() {
        try {
            return HostCheck.ok("linux.runtime", RuntimeChoice.make(config) + " started a sandbox");
        } catch (ProviderException e) {
            return HostCheck.failed(
                    "linux.runtime",
                    e.getMessage() == null ? "no runtime works" : e.getMessage(),
                    "install another of crun and runc, or see the runtime's words above");
        }
    }

    private static HostCheck network() {
        Command rules = Command.run(List.of("nft", "list", "tables"), PATIENCE);
        if (!rules.succeeded()) {
            return HostCheck.failed(
                    "linux.network", "nftables does not work: " + rules.output(), "load the kernel module nf_tables");
        }
        try {
            boolean forwarding = Files.readString(Path.of("/proc/sys/net/ipv4/ip_forward"))
                    .strip()
                    .equals("1");
            return forwarding
                    ? HostCheck.ok("linux.network", "nftables works, IPv4 forwarding is on")
                    : HostCheck.warning(
                            "linux.network",
                            "nftables works, IPv4 forwarding is off",
                            "none needed: the server turns net.ipv4.ip_forward on when it starts");
        } catch (IOException e) {
            return HostCheck.failed("linux.network", "/proc/sys/net cannot be read", "mount /proc");
        }
    }

    private static HostCheck resolver() {
        Resolver resolver = Resolver.ofHost();
        return HostCheck.ok(
                "linux.resolver",
                resolver.direct()
                        ? "sandboxes ask " + String.join(", ", resolver.servers())
                        : "the resolver listens on this host only; the server forwards questions to it");
    }
}
