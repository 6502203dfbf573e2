package dev.sandkeep.server.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.findings.Difference;
import dev.sandkeep.server.findings.FindingState;
import dev.sandkeep.server.findings.Findings;
import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Scope;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.server.testing.TestServer.Tenant;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

@ServerTest
class SystemPagesTest {
    private static final List<String> PAGES = List.of("/system", "/system/jobs", "/system/findings", "/system/storage");

    @Autowired
    TestServer server;

    @Autowired
    Findings findings;

    private Tenant operator;

    @BeforeEach
    void theOperator() {
        operator = server.operator();
    }

    @Test
    void only_who_operates_the_server_sees_its_pages() {
        Tenant owner = server.newOrganization();
        Tenant member = server.newMember(operator.caller().organizationId(), Role.MEMBER, Scope.ALL);
        for (String path : PAGES) {
            assertThat(Html.page(operator.api(), path)).contains("aria-current=\"page\"");
            assertThat(Html.refused(owner.api(), path)).contains("server.operate");
            Html.refused(member.api(), path);
        }
    }

    @Test
    void the_overview_examines_the_machine_when_asked_and_keeps_the_answer() {
        assertThat(Html.page(operator.api(), "/system?check")).contains("memory.host", "memory.store", "server.java");
        assertThat(Html.page(operator.api(), "/system")).contains("memory.host", "Check again");
    }

    @Test
    void jobs_tell_of_the_work_that_comes_back() {
        assertThat(Html.page(operator.api(), "/system/jobs"))
                .contains("<code>forget-old-requests</code>", "recurring", "No snapshot job is queued or running.");
    }

    @Test
    void findings_are_shown_by_state_as_text_with_what_was_won() {
        findings.ended(
                new Difference("MOUNT", "/<script>alert(1)</script>", "", "nothing says whose it is", false, ""),
                FindingState.REMOVED,
                "it was unmounted",
                OptionalLong.of(3L << 20));
        assertThat(Html.page(operator.api(), "/system/findings?state=removed"))
                .contains("&lt;script&gt;alert(1)&lt;/script&gt;", "it was unmounted", "3.0 MiB");
        assertThat(Html.page(operator.api(), "/system/findings?state=adopted")).doesNotContain("it was unmounted");
        assertThat(Html.page(operator.api(), "/system/findings?look"))
                .contains("What differs now", "Nothing was changed.");
    }

    @Test
    void storage_is_measured_when_asked() {
        assertThat(Html.page(operator.api(), "/system/storage?measure&prune"))
                .contains("Largest tables", "test-volumes", "What could be removed")
                .containsPattern("<td><code>[a-z_]+</code></td><td class=\"number\">[0-9.]+ [KM]iB</td>");
    }
}
