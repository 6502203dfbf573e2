package dev.sandkeep.server.dashboard.account;

import dev.sandkeep.server.accounts.Account;
import dev.sandkeep.server.accounts.Accounts;
import dev.sandkeep.server.accounts.ListedSession;
import dev.sandkeep.server.accounts.OpenId;
import dev.sandkeep.server.accounts.WebSession;
import dev.sandkeep.server.accounts.WebSessions;
import dev.sandkeep.server.dashboard.Frame;
import dev.sandkeep.server.dashboard.Pages;
import dev.sandkeep.server.organizations.DeletedOrganization;
import dev.sandkeep.server.organizations.OrganizationDeletion;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.servlet.View;

/** One's own account. */
@Controller
public final class AccountPage {
    private final Pages pages;
    private final Accounts accounts;
    private final OpenId openId;
    private final OrganizationDeletion deletion;

    AccountPage(Pages pages, Accounts accounts, OpenId openId, OrganizationDeletion deletion) {
        this.deletion = deletion;
        this.pages = pages;
        this.accounts = accounts;
        this.openId = openId;
    }

    /** What the page shows. */
    public record Content(
            Account account,
            List<ListedSession> sessions,
            Optional<String> current,
            Optional<String> provider,
            List<DeletedOrganization> deleted) {
        /** Whether it is the session that looks at the page. */
        public boolean isCurrent(ListedSession session) {
            return current.filter(session.id()::equals).isPresent();
        }
    }

    @GetMapping("/account")
    @Requires(Permission.ACCOUNT_SEE)
    View account(Frame frame) {
        return pages.view(
                "account/account",
                HttpStatus.OK,
                Map.of(
                        "frame",
                        frame,
                        "page",
                        new Content(
                                accounts.of(frame.caller()),
                                accounts.sessions(frame.caller()),
                                WebSessions.current().map(WebSession::id),
                                openId.name(),
                                WebSessions.current()
                                        .map(session -> deletion.restorable(session.personId()))
                                        .orElse(List.of()))));
    }
}
