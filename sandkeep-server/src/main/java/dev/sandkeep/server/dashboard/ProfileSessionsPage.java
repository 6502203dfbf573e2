package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.sessions.SessionDetails;
import dev.sandkeep.server.sessions.Sessions;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;

/** The sessions of a profile, and what else there is to set for it. */
@Controller
public final class ProfileSessionsPage {
    private final Pages pages;
    private final ProfileHeads heads;
    private final Sessions sessions;
    private final SpecificationYaml yaml;

    ProfileSessionsPage(Pages pages, ProfileHeads heads, Sessions sessions, SpecificationYaml yaml) {
        this.pages = pages;
        this.heads = heads;
        this.sessions = sessions;
        this.yaml = yaml;
    }

    /** What the list shows. */
    public record Content(ProfileHead head, List<SessionDetails> rows, String next, boolean first) {}

    /**
     * What the settings show.
     *
     * @param json of the specification that a duplicate would have
     */
    public record Settings(ProfileHead head, String json) {}

    @GetMapping("/profiles/{profile}/sessions")
    @Requires(Permission.SESSIONS_SEE)
    View list(Frame frame, @PathVariable String profile, @RequestParam(required = false) @Nullable String cursor) {
        ProfileHead head = heads.of(frame, profile, "sessions");
        Page<SessionDetails> found = sessions.list(
                frame.caller(),
                Optional.empty(),
                Optional.of(head.profile().id()),
                PageRequest.of(PageRequest.DEFAULT_LIMIT, cursor));
        return pages.page(
                "profiles/sessions",
                frame,
                new Content(
                        head,
                        found.items(),
                        Links.older(head.path() + "/sessions", found.nextCursor()),
                        cursor == null));
    }

    @GetMapping("/profiles/{profile}/settings")
    @Requires(Permission.PROFILES_SEE)
    View settings(Frame frame, @PathVariable String profile) {
        ProfileHead head = heads.of(frame, profile, "settings");
        return pages.page("profiles/settings", frame, new Settings(head, yaml.json(heads.present(frame, head))));
    }
}
