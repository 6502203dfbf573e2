package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.findings.Finding;
import dev.sandkeep.server.findings.FindingState;
import dev.sandkeep.server.findings.Findings;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.reconciler.Leak;
import dev.sandkeep.server.reconciler.Leaks;
import dev.sandkeep.server.sessions.Sessions;
import dev.sandkeep.spi.ProviderException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;
import org.springframework.web.util.UriComponentsBuilder;

/** What the reconciler found to differ between rows and what is there, and what was done about it. */
@Controller
public final class FindingsPage {
    private final Pages pages;
    private final Findings findings;
    private final Leaks leaks;

    FindingsPage(Pages pages, Findings findings, Leaks leaks) {
        this.pages = pages;
        this.findings = findings;
        this.leaks = leaks;
    }

    /**
     * What the page shows.
     *
     * @param state that is shown alone; empty for all
     * @param differences that a look found just now; empty when nobody asked for one
     */
    public record Content(
            List<Tab> tabs,
            List<Finding> findings,
            String next,
            boolean first,
            String state,
            List<String> states,
            Optional<List<Leak>> differences) {}

    @GetMapping(SystemTabs.FINDINGS)
    @Requires(Permission.SERVER_OPERATE)
    View findings(
            Frame frame,
            @RequestParam(defaultValue = "") String state,
            @RequestParam(required = false) @Nullable String look,
            @RequestParam(required = false) @Nullable String cursor) {
        List<FindingState> wanted = Arrays.stream(FindingState.values())
                .filter(it -> it.text().equals(state))
                .toList();
        Page<Finding> found = findings.list(wanted, PageRequest.of(PageRequest.DEFAULT_LIMIT, cursor));
        return pages.page(
                "system/findings",
                frame,
                new Content(
                        SystemTabs.at(SystemTabs.FINDINGS),
                        found.items(),
                        Links.older(path(state), found.nextCursor()),
                        cursor == null,
                        state,
                        Arrays.stream(FindingState.values())
                                .map(FindingState::text)
                                .toList(),
                        look == null ? Optional.empty() : Optional.of(look())));
    }

    private List<Leak> look() {
        try {
            return leaks.look();
        } catch (ProviderException failure) {
            throw Sessions.problem(failure);
        }
    }

    private static String path(String state) {
        return state.isEmpty()
                ? SystemTabs.FINDINGS
                : UriComponentsBuilder.fromPath(SystemTabs.FINDINGS)
                        .queryParam("state", state)
                        .encode()
                        .toUriString();
    }
}
