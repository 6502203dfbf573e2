package dev.sandkeep.linux.runtime;

import dev.sandkeep.spi.ExecSpec;
import dev.sandkeep.spi.IdRange;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes what the OCI runtime specification (1.0) calls a bundle's configuration and a process. */
final class ContainerConfig {
    private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final String INIT_INSIDE = "/dev/sandkeep-init";
    private static final int CPU_PERIOD_MICROS = 100_000;
    private static final List<String> MASKED = List.of(
            "/proc/acpi",
            "/proc/asound",
            "/proc/kcore",
            "/proc/keys",
            "/proc/latency_stats",
            "/proc/sched_debug",
            "/proc/scsi",
            "/proc/timer_list",
            "/sys/firmware",
            "/sys/devices/virtual/powercap");
    private static final List<String> READ_ONLY =
            List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

    private final JsonMapper json = JsonMapper.shared();
    private final ObjectNode seccomp;
    private final Path init;
    private final boolean unifiedCgroups;

    /**
     * @param init a static program that reaps, shown inside as the first process
     * @param unifiedCgroups whether the host has cgroup version 2 only
     */
    ContainerConfig(Path seccompProfile, Path init, boolean unifiedCgroups) {
        this.seccomp = SeccompProfile.load(seccompProfile, json);
        this.init = init;
        this.unifiedCgroups = unifiedCgroups;
    }

    /** The content of {@code config.json}. */
    byte[] of(Container container) {
        ObjectNode config = json.createObjectNode();
        config.put("ociVersion", "1.0.2");
        config.put("hostname", container.name());
        config.putObject("root").put("path", container.root().toString()).put("readonly", false);
        config.set("process", process(List.of(INIT_INSIDE, "-P"), "/", container.environment()));
        mounts(config.putArray("mounts"), container);
        linux(config.putObject("linux"), container);
        return json.writeValueAsBytes(config);
    }

    /** The content of a process file for {@code exec}. */
    byte[] of(ExecSpec spec, Map<String, String> environment) {
        TreeMap<String, String> merged = new TreeMap<>(environment);
        merged.putAll(spec.environment());
        return json.writeValueAsBytes(process(spec.command(), spec.workingDirectory(), merged));
    }

    private ObjectNode process(List<String> command, String directory, Map<String, String> environment) {
        ObjectNode process = json.createObjectNode();
        process.put("terminal", false).put("cwd", directory).put("noNewPrivileges", true);
        process.putObject("user").put("uid", 0).put("gid", 0);
        command.forEach(process.putArray("args")::add);
        TreeMap<String, String> all = new TreeMap<>(Map.of("PATH", PATH, "HOME", "/root", "LANG", "C.UTF-8"));
        all.putAll(environment);
        ArrayNode variables = process.putArray("env");
        all.forEach((name, value) -> variables.add(name + "=" + value));
        ObjectNode capabilities = process.putObject("capabilities");
        for (String set : List.of("bounding", "effective", "permitted")) {
            Capabilities.GRANTED.forEach(capabilities.putArray(set)::add);
        }
        process.putArray("rlimits")
                .addObject()
                .put("type", "RLIMIT_CORE")
                .put("soft", 0)
                .put("hard", 0);
        return process;
    }

    private void mounts(ArrayNode mounts, Container container) {
        mount(mounts, "/proc", "proc", "proc", "nosuid", "noexec", "nodev");
        mount(mounts, "/dev", "tmpfs", "tmpfs", "nosuid", "mode=755", "size=65536k");
        mount(
                mounts,
                "/dev/pts",
                "devpts",
                "devpts",
                "nosuid",
                "noexec",
                "newinstance",
                "ptmxmode=0666",
                "mode=0620",
                "gid=5");
        mount(mounts, "/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k");
        mount(mounts, "/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev");
        mount(mounts, "/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro");
        if (unifiedCgroups) {
            // On the older layout this would be a dozen mounts that few programs read.
            mount(mounts, "/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro");
        }
        mount(mounts, "/run", "tmpfs", "tmpfs", "nosuid", "nodev", "mode=755", "size=25%");
        bind(mounts, "/run/sandkeep", container.bundle().resolve("run"));
        bind(mounts, INIT_INSIDE, init);
        for (String file : List.of("resolv.conf", "hosts", "hostname")) {
            bind(mounts, "/etc/" + file, container.bundle().resolve(file));
        }
    }

    private static void mount(ArrayNode mounts, String at, String type, String source, String... options) {
        ObjectNode mount = mounts.addObject();
        mount.put("destination", at).put("type", type).put("source", source);
        ArrayNode list = mount.putArray("options");
        for (String option : options) {
            list.add(option);
        }
    }

    private static void bind(ArrayNode mounts, String at, Path source) {
        mount(mounts, at, "bind", source.toString(), "bind", "ro", "nosuid", "nodev");
    }

    private void linux(ObjectNode linux, Container container) {
        ArrayNode namespaces = linux.putArray("namespaces");
        for (String type : List.of("pid", "ipc", "uts", "mount", "cgroup")) {
            namespaces.addObject().put("type", type);
        }
        namespaces
                .addObject()
                .put("type", "user")
                .put("path", container.slot().users().path());
        namespaces
                .addObject()
                .put("type", "network")
                .put("path", container.slot().network().path());
        for (String kind : List.of("uidMappings", "gidMappings")) {
            linux.putArray(kind)
                    .addObject()
                    .put("containerID", 0)
                    .put("hostID", container.slot().range().first())
                    .put("size", IdRange.SIZE);
        }
        linux.put("cgroupsPath", container.cgroup());
        resources(linux.putObject("resources"), container);
        linux.set("seccomp", seccomp);
        MASKED.forEach(linux.putArray("maskedPaths")::add);
        READ_ONLY.forEach(linux.putArray("readonlyPaths")::add);
    }

    private void resources(ObjectNode resources, Container container) {
        ObjectNode memory = resources.putObject("memory");
        memory.put("limit", container.limits().memoryBytes());
        if (unifiedCgroups) {
            // "swap" counts memory and swap together: as much as memory alone means none.
            memory.put("swap", container.limits().memoryBytes());
        }
        resources
                .putObject("cpu")
                .put("quota", Math.max(1000, Math.round(container.limits().cpus() * CPU_PERIOD_MICROS)))
                .put("period", CPU_PERIOD_MICROS);
        resources.putObject("pids").put("limit", container.limits().pids());
        resources.putArray("devices").addObject().put("allow", false).put("access", "rwm");
    }

    /** Whether the program that becomes the first process is there. */
    boolean initInstalled() {
        return Files.isExecutable(init);
    }
}
