package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import java.util.List;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.servlet.View;

/** The design system on one page: its tokens and every component, for those who change pages. */
@Controller
public final class DesignPage {
    private static final Content CONTENT = new Content(
            List.of(
                    "paper",
                    "sunken",
                    "raised",
                    "line",
                    "line-strong",
                    "ink",
                    "ink-soft",
                    "accent",
                    "accent-ink",
                    "accent-soft",
                    "good",
                    "good-soft",
                    "busy",
                    "busy-soft",
                    "warn",
                    "warn-soft",
                    "bad",
                    "bad-soft",
                    "code-back"),
            List.of("space-1", "space-2", "space-3", "space-4", "space-5", "space-6"),
            List.of(
                    "running",
                    "ready",
                    "succeeded",
                    "queued",
                    "starting",
                    "building",
                    "held",
                    "needs_person",
                    "compute_lost",
                    "failed",
                    "missing",
                    "stopped",
                    "ephemeral"));

    private final Pages pages;

    DesignPage(Pages pages) {
        this.pages = pages;
    }

    /** What the page shows: names of tokens, and words of states. */
    public record Content(List<String> colours, List<String> spaces, List<String> states) {}

    @GetMapping("/design")
    @Requires(Permission.ORGANIZATION_SEE)
    View design(Frame frame) {
        return pages.page("design/all", frame, CONTENT);
    }
}
