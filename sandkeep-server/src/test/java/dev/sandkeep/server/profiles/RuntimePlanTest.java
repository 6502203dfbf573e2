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
                List.of(new Specification.PersistedPath("/data", List.of("*.o"), 100)),
                plain.limits(),
                new Specification.Lifecycle(3600, "stop", null, false, null),
                new Specification.Agent("codex"));
        RuntimePlan plan = RuntimePlan.compile(rich);
        assertThat(new String(plan.bytes(), StandardCharsets.UTF_8))
                .contains(
                        "\"allowedSecrets\":[{\"path\":\"/etc/key\",\"reason\":\"a test's\"}]",
                        "\"agent\":{\"processName\":\"codex\"}",
                        "\"lifecycle\":{\"autoResume\":false,\"maxLifetimeSeconds\":3600,\"onExpiry\":\"stop\"}",
                        "\"persistedPaths\":[{\"exclude\":[\"*.o\"],\"maxMiB\":100,\"path\":\"/data\"}]",
                        "\"maintenanceScript\":\"apt-get update\"",
                        "\"packages\":[\"git\",\"jq=1.6-2.1\"]",
                        "\"repositories\":[{");
        assertThat(RuntimePlan.parse(plan.bytes())).isEqualTo(plan);
    }

    @Test
    void a_plan_says_which_image_of_a_registry_or_which_archive_it_starts_from() {
        String digest = "ab".repeat(32);
        Specification.BaseImage image = new Specification.BaseImage(null, "quay.io/a/b:1@sha256:" + digest, null, null);
        Specification.BaseImage archive = new Specification.BaseImage(null, null, "https://host/root.tar", digest);

        assertThat(bytes(image)).contains("\"baseImage\":{\"oci\":\"quay.io/a/b:1@sha256:" + digest + "\"}");
        assertThat(bytes(archive))
                .contains("\"baseImage\":{\"sha256\":\"" + digest + "\",\"tar\":\"https://host/root.tar\"}");
        for (Specification.BaseImage base : List.of(image, archive)) {
            assertThat(RuntimePlan.parse(bytes(base).getBytes(StandardCharsets.UTF_8))
                            .baseImage())
                    .isEqualTo(base);
        }
    }

    private static String bytes(Specification.BaseImage base) {
        Specification plain = specification(Map.of());
        return new String(
                RuntimePlan.compile(new Specification(
                                base,
                                plain.environment(),
                                plain.files(),
                                plain.packages(),
                                plain.repositories(),
                                plain.setupScript(),
                                plain.setupTimeoutSeconds(),
                                plain.maintenanceScript(),
                                plain.workingDirectory(),
                                plain.checks(),
                                plain.allowedSecrets(),
                                plain.usePersistentSandboxes(),
                                plain.persistedPaths(),
                                plain.limits(),
                                plain.lifecycle(),
                                plain.agent()))
                        .bytes(),
                StandardCharsets.UTF_8);
    }

    private static Specification specification(Map<String, String> environment) {
        return new SpecificationInput(
                        SpecificationInput.BaseImage.ofDebian("bookworm"),
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
                        new SpecificationInput.Limits(null, 1.50, null, null),
                        null,
                        null)
                .toSpecification();
    }
}
