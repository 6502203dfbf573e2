package dev.sandkeep.linux.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which system calls a sandbox may make: the distribution's default profile for containers, resolved for this processor and
 * {@link Capabilities}, with what a sandbox has no use for taken away.
 *
 * <p>The default profile lets a process make user namespaces and mount in them, as nested containers want. That opens much of
 * the kernel to hostile code, so namespaces, mounts, keys and the like are refused here whatever the profile says.
 */
final class SeccompProfile {
    /** From Debian's {@code golang-github-containers-common}. */
    static final Path DEFAULT = Path.of("/usr/share/containers/seccomp.json");

    /** Refused with "operation not permitted". */
    private static final Set<String> REFUSED = Set.of(
            "add_key",
            "bpf",
            "fsconfig",
            "fsmount",
            "fsopen",
            "fspick",
            "io_uring_enter",
            "io_uring_register",
            "io_uring_setup",
            "keyctl",
            "kexec_load",
            "mount",
            "mount_setattr",
            "move_mount",
            "name_to_handle_at",
            "open_by_handle_at",
            "open_tree",
            "perf_event_open",
            "pivot_root",
            "quotactl",
            "quotactl_fd",
            "request_key",
            "setns",
            "umount",
            "umount2",
            "unshare",
            "userfaultfd",
            "lookup_dcookie",
            "fanotify_init",
            "vmsplice");

    /** {@code CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET}. */
    private static final long NAMESPACE_FLAGS = 0x7E02_0000L;

    private static final int EPERM = 1;
    private static final int ENOSYS = 38;

    private SeccompProfile() {}

    /** The {@code linux.seccomp} part of a container's configuration, made from the profile in {@code file}. */
    static ObjectNode load(Path file, JsonMapper json) {
        JsonNode source = json.readTree(file.toFile());
        String architecture = architecture();
        ObjectNode result = json.createObjectNode();
        result.put("defaultAction", source.path("defaultAction").asString("SCMP_ACT_ERRNO"));
        result.put("defaultErrnoRet", source.path("defaultErrnoRet").asInt(ENOSYS));
        // 32-bit calls are left out: a second table of calls doubles what can be attacked.
        result.putArray("architectures").add(architecture.equals("amd64") ? "SCMP_ARCH_X86_64" : "SCMP_ARCH_AARCH64");
        ArrayNode rules = result.putArray("syscalls");
        for (JsonNode rule : source.path("syscalls")) {
            if (applies(rule, architecture)) {
                copy(rule, rules);
            }
        }
        refuse(rules, List.copyOf(REFUSED), EPERM);
        // The flags of clone3 are behind a pointer that a filter cannot read; programs fall back to clone.
        refuse(rules, List.of("clone3"), ENOSYS);
        ObjectNode clone = rules.addObject();
        clone.putArray("names").add("clone");
        clone.put("action", "SCMP_ACT_ALLOW");
        ObjectNode flags = clone.putArray("args").addObject();
        flags.put("index", 0).put("value", NAMESPACE_FLAGS).put("valueTwo", 0).put("op", "SCMP_CMP_MASKED_EQ");
        return result;
    }

    private static String architecture() {
        return System.getProperty("os.arch").equals("amd64") ? "amd64" : "arm64";
    }

    private static boolean applies(JsonNode rule, String architecture) {
        JsonNode includes = rule.path("includes");
        JsonNode excludes = rule.path("excludes");
        return (includes.path("arches").isEmpty()
                        || texts(includes.path("arches")).contains(architecture))
                && (includes.path("caps").isEmpty() || Capabilities.GRANTED.containsAll(texts(includes.path("caps"))))
                && texts(excludes.path("caps")).stream().noneMatch(Capabilities.GRANTED::contains)
                && !texts(excludes.path("arches")).contains(architecture);
    }

    private static void copy(JsonNode rule, ArrayNode rules) {
        List<String> names = new ArrayList<>(texts(rule.path("names")));
        names.removeIf(name -> REFUSED.contains(name) || name.equals("clone") || name.equals("clone3"));
        if (names.isEmpty()) {
            return;
        }
        ObjectNode kept = rules.addObject();
        names.forEach(kept.putArray("names")::add);
        kept.put("action", rule.path("action").asString());
        Optional.of(rule.path("errnoRet")).filter(JsonNode::isNumber).ifPresent(errno -> kept.set("errnoRet", errno));
        if (!rule.path("args").isEmpty()) {
            kept.set("args", rule.path("args"));
        }
    }

    private static void refuse(ArrayNode rules, List<String> names, int errno) {
        ObjectNode refused = rules.addObject();
        names.stream().sorted().forEach(refused.putArray("names")::add);
        refused.put("action", "SCMP_ACT_ERRNO").put("errnoRet", errno);
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(element -> texts.add(element.asString()));
        return texts;
    }
}
