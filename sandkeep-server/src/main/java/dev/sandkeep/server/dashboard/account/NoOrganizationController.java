package dev.sandkeep.server.dashboard.account;

import dev.sandkeep.server.accounts.SafePath;
import dev.sandkeep.server.accounts.WebSession;
import dev.sandkeep.server.accounts.WebSessions;
import dev.sandkeep.server.organizations.DeletedOrganization;
import dev.sandkeep.server.organizations.OrganizationDeletion;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Credential;
import dev.sandkeep.server.platform.security.OpenToAll;
import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Scope;
import dev.sandkeep.server.platform.web.Problem;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Optional;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;

/** For somebody who is signed in and in no organization any more: says so, and brings back what the person has deleted. */
@Controller
public final class NoOrganizationController {
    static final String PATH = "/no-organization";

    private final WebSessions sessions;
    private final OrganizationDeletion deletion;
    private final SignedOutPages pages;

    NoOrganizationController(WebSessions sessions, OrganizationDeletion deletion, SignedOutPages pages) {
        this.sessions = sessions;
        this.deletion = deletion;
        this.pages = pages;
    }

    /** What the page shows. */
    public record Content(String person, String csrfToken, List<DeletedOrganization> deleted) {}

    @GetMapping(PATH)
    @OpenToAll("shows who is signed in what is that person's")
    View show() {
        Optional<WebSession> session = WebSessions.current();
        if (session.isEmpty()) {
            return SignedOutPages.to("/sign-in");
        }
        if (session.get().caller().isPresent()) {
            return SignedOutPages.to(SafePath.HOME);
        }
        WebSession alone = session.get();
        return pages.form(
                "account/noOrganization",
                HttpStatus.OK,
                new Content(alone.person().name(), alone.csrfToken(), deletion.restorable(alone.personId())));
    }

    @PostMapping(PATH + "/restore")
    @OpenToAll("brings back only what whoever is signed in owns")
    View restore(HttpServletRequest request, @RequestParam String organization) {
        Optional<WebSession> session = WebSessions.current();
        if (session.isEmpty()) {
            return SignedOutPages.to("/sign-in");
        }
        Credential owner = new Credential(session.get().id(), Role.OWNER, Scope.ALL, false, Optional.empty());
        deletion.restore(session.get().personId(), owner, request.getRemoteAddr(), organization);
        sessions.enter(session.get(), organization);
        return SignedOutPages.to(SafePath.HOME);
    }

    @ExceptionHandler
    View refused(SandkeepException failure) {
        return pages.refused(Problem.of(failure));
    }
}
