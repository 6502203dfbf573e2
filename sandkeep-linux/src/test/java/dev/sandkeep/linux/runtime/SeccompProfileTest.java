package dev.sandkeep.linux.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SeccompProfileTest {
    private static final String SOURCE = """
            {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": [
              {"names": ["read", "clone", "clone3", "unshare", "mount"], "action": "SCMP_ACT_ALLOW", "args": []},
              {"names": ["arm_fadvise64_64"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["s390x"]}},
              {"names": ["chroot"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_CHROOT"]}},
              {"names": ["chroot"], "action": "SCMP_ACT_ERRNO", "excludes": {"caps": ["CAP_SYS_CHROOT"]}, "errnoRet": 1},
              {"names": ["iopl"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_RAWIO"]}},
              {"names": ["iopl"], "action": "SCMP_ACT_ERRNO", "excludes": {"caps": ["CAP_SYS_RAWIO"]}, "errnoRet": 1}]}
            """;

    @TempDir
    Path directory = Path.of("unset");

    private List<JsonNode> rulesFor(String call) throws IOException {
        Path file = Files.writeString(directory.resolve("seccomp.json"), SOURCE);
        List<JsonNode> rules = new ArrayList<>();
        for (JsonNode rule : SeccompProfile.load(file, JsonMapper.shared()).path("syscalls")) {
            rule.path("names").forEach(name -> {
                if (name.asString().equals(call)) {
                    rules.add(rule);
                }
            });
        }
        return rules;
    }

    private String actionOf(String call) throws IOException {
        assertThat(rulesFor(call)).hasSize(1);
        return rulesFor(call).getFirst().path("action").asString();
    }

    @Test
    void rules_that_depend_on_capabilities_are_resolved_for_those_that_a_sandbox_has() throws IOException {
        assertThat(actionOf("read")).isEqualTo("SCMP_ACT_ALLOW");
        assertThat(actionOf("chroot")).isEqualTo("SCMP_ACT_ALLOW");
        assertThat(actionOf("iopl")).isEqualTo("SCMP_ACT_ERRNO");
    }

    @Test
    void rules_for_other_processors_are_left_out() throws IOException {
        assertThat(rulesFor("arm_fadvise64_64")).isEmpty();
    }

    @Test
    void namespaces_and_mounts_are_refused_whatever_the_profile_allows() throws IOException {
        assertThat(actionOf("unshare")).isEqualTo("SCMP_ACT_ERRNO");
        assertThat(actionOf("mount")).isEqualTo("SCMP_ACT_ERRNO");
    }

    @Test
    void processes_can_be_made_but_not_with_namespaces() throws IOException {
        JsonNode clone = rulesFor("clone").getFirst();

        assertThat(rulesFor("clone")).hasSize(1);
        assertThat(clone.path("args").get(0).path("op").asString()).isEqualTo("SCMP_CMP_MASKED_EQ");
        assertThat(actionOf("clone3")).isEqualTo("SCMP_ACT_ERRNO");
        assertThat(rulesFor("clone3").getFirst().path("errnoRet").asInt()).isEqualTo(38);
    }
}
