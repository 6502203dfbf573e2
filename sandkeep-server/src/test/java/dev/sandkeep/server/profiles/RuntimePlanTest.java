package dev.sandkeep.server.profiles;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RuntimePlanTest {

    @Test
    void the_bytes_of_a_plan_are_the_same_for_ever() {
        RuntimePlan plan = RuntimePlan.compile(specification(Map.of("B", "zwei\n", "A", "\"1\"\u0001é")));
        String text = new String(plan.bytes(), StandardCharsets.UTF_8);
        assertThat(text).isEqualTo("""
                        {"baseImage":{"debian":"bookworm"},"checks":["true"],"environment":{"A":"\\"1\\"\\u0001é","B":"zwei\\n"},\
                        "files":[{"content":"x","mode":"0600","owner":"root:root","path":"/opt/x"}],"format":1,\
                        "limits":{"cpus":1.5,"diskMiB":4096,"memoryMiB":1024,"pids":512},"persistedPaths":["/etc/codex","/root"],\
                        "setupScript":"echo hi","setupTimeoutSeconds":1800,"usePersistentSandboxes":true,"workingDirectory":"/root"}""");
        assertThat(RuntimePlan.digest(plan.bytes()))
                .isEqualTo("sha256:2146a4ba17241d24475651c6c19e19178f0e1922e54f8ffde40fcea16c2dd817");
    }

    @Test
    void the_order_in_which_things_were_written_means_nothing() {
        Map<String, String> forward = new LinkedHashMap<>();
        forward.put("A", "1");
        forward.put("B", "2");
        Map<String, String> backward = new LinkedHashMap<>();
        backward.put("B", "2");
        backward.put("A", "1");
        assertThat(RuntimePlan.compile(specification(forward)).bytes())
                .isEqualTo(RuntimePlan.compile(specification(backward)).bytes());
    }

    @Test
    void a_plan_read_from_its_bytes_is_the_same_plan() {
        RuntimePlan plan = RuntimePlan.compile(specification(Map.of("A", "1")));
        assertThat(RuntimePlan.parse(plan.bytes())).isEqualTo(plan);
    }

    @Test
    void what_was_added_later_stands_in_a_plan_only_when_it_says_something() {
        Specification plain = specification(Map.of());
        Specification rich = new Specification(
                plain.baseImage(),
                plain.environment(),
                plain.files(),
                List.of("git", "jq=1.6-2.1"),
                List.of(new Specification.Repository("https://example.org/a.git", "main", "/srv/a", 1)),
                plain.setupScript(),
                plain.setupTimeoutSeconds(),
                "apt-get update",
                plain.workingDirectory(),
                plain.checks(),
                List.of(new Specification.AllowedSecret("/etc/key", "a test's")),
                plain.usePersistentSandboxes(),
                plain.persistedPaths(),
                plain.limits());
        RuntimePlan plan = RuntimePlan.compile(rich);
        assertThat(new String(plan.bytes(), StandardCharsets.UTF_8))
                .contains(
                        "\"allowedSecrets\":[{\"path\":\"/etc/key\",\"reason\":\"a test's\"}]",
                        "\"maintenanceScript\":\"apt-get update\"",
                        "\"packages\":[\"git\",\"jq=1.6-2.1\"]",
                        "\"repositories\":[{");
        assertThat(RuntimePlan.parse(plan.bytes())).isEqualTo(plan);
    }

    private static Specification specification(Map<String, String> environment) {
        return new SpecificationInput(
                        new SpecificationInput.BaseImage("bookworm"),
                        environment,
                        List.of(new SpecificationInput.File("/opt/x", "0600", null, "x")),
                        null,
                        null,
                        "echo hi",
                        null,
                        null,
                        null,
                        List.of("true"),
                        null,
                        true,
                        null,
                        new SpecificationInput.Limits(null, 1.50, null, null))
                .toSpecification();
    }
}
