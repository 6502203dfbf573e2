package dev.sandkeep.server.dashboard.account;

import dev.sandkeep.server.accounts.CodeNeeded;
import dev.sandkeep.server.accounts.Cookies;
import dev.sandkeep.server.accounts.Joining;
import dev.sandkeep.server.accounts.PasswordLinks;
import dev.sandkeep.server.accounts.SafePath;
import dev.sandkeep.server.accounts.SignInStep;
import dev.sandkeep.server.accounts.SignedIn;
import dev.sandkeep.server.accounts.Visitors;
import dev.sandkeep.server.accounts.WebSession;
import dev.sandkeep.server.accounts.WebSessions;
import dev.sandkeep.server.organizations.OpenInvitation;
import dev.sandkeep.server.organizations.Person;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.OpenToAll;
import dev.sandkeep.server.platform.web.Problem;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Optional;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;

/** Links by which people become able to sign in: set-up, invitations, forgotten passwords. */
@Controller
class ComingInController {
    private static final String FORM = "account/newPassword";

    private final PasswordLinks links;
    private final Joining joining;
    private final Cookies cookies;
    private final SignedOutPages pages;

    ComingInController(PasswordLinks links, Joining joining, Cookies cookies, SignedOutPages pages) {
        this.links = links;
        this.joining = joining;
        this.cookies = cookies;
        this.pages = pages;
    }

    @GetMapping("/set-up/{token}")
    @OpenToAll("only who holds a valid link sees it")
    View setUpForm(@PathVariable String token) {
        Person person = links.toSetUp(token).orElseThrow(ComingInController::invalidLink);
        return setUp(HttpStatus.OK, person.name(), person.email().orElse(""), "");
    }

    @PostMapping("/set-up/{token}")
    @OpenToAll("only who holds a valid link gets in")
    View setUp(
            HttpServletRequest request,
            HttpServletResponse response,
            @PathVariable String token,
            @RequestParam String name,
            @RequestParam String email,
            @RequestParam String password) {
        try {
            return goOn(response, links.setUp(token, name, email, password, Visitors.of(request)));
        } catch (SandkeepException refused) {
            requireMendable(refused);
            return setUp(SignedOutPages.status(refused), name, email, SignedOutPages.text(refused));
        }
    }

    @GetMapping("/reset-password/{token}")
    @OpenToAll("only who holds a valid link sees it")
    View resetForm(@PathVariable String token) {
        return reset(HttpStatus.OK, links.toReset(token).orElseThrow(ComingInController::invalidLink), "");
    }

    @PostMapping("/reset-password/{token}")
    @OpenToAll("only who holds a valid link gets in")
    View reset(
            HttpServletRequest request,
            HttpServletResponse response,
            @PathVariable String token,
            @RequestParam String password) {
        Person person = links.toReset(token).orElseThrow(ComingInController::invalidLink);
        try {
            return goOn(response, links.reset(token, password, Visitors.of(request)));
        } catch (SandkeepException refused) {
            requireMendable(refused);
            return reset(SignedOutPages.status(refused), person, SignedOutPages.text(refused));
        }
    }

    @GetMapping("/invitation/{token}")
    @OpenToAll("only who holds a valid invitation sees it")
    View invitationForm(@PathVariable String token) {
        return invitation(HttpStatus.OK, token, "", "", "");
    }

    @PostMapping("/invitation/{token}")
    @OpenToAll("only who holds a valid invitation gets in")
    View join(
            HttpServletRequest request,
            HttpServletResponse response,
            @PathVariable String token,
            @RequestParam String name,
            @RequestParam(defaultValue = "") String email,
            @RequestParam(defaultValue = "") String password) {
        Optional<WebSession> session = WebSessions.current();
        try {
            if (session.isPresent()) {
                joining.asOneself(session.get(), token, name, Visitors.of(request));
                return SignedOutPages.to(SafePath.HOME);
            }
            return goOn(response, joining.asSomebodyNew(token, name, email, password, Visitors.of(request)));
        } catch (SandkeepException refused) {
            requireMendable(refused);
            return invitation(SignedOutPages.status(refused), token, name, email, SignedOutPages.text(refused));
        }
    }

    @ExceptionHandler
    View refused(SandkeepException failure) {
        return pages.refused(Problem.of(failure));
    }

    /** What another try can mend is shown in the form; the rest ends here. */
    private static void requireMendable(SandkeepException refused) {
        switch (refused.code()) {
            case VALIDATION_FAILED, EMAIL_TAKEN, MEMBER_NAME_TAKEN -> {}
            default -> throw refused;
        }
    }

    private View goOn(HttpServletResponse response, SignInStep step) {
        cookies.write(response, step);
        return switch (step) {
            case SignedIn in -> SignedOutPages.to(SafePath.HOME);
            case CodeNeeded code -> SignedOutPages.to("/sign-in/code?next=%2F");
        };
    }

    private View setUp(HttpStatus status, String name, String email, String problem) {
        return pages.form(
                FORM,
                status,
                new NewPasswordForm(
                        "Set up your account",
                        "Choose how you sign in. This link works once.",
                        "Set up",
                        problem,
                        true,
                        name,
                        true,
                        email,
                        true,
                        "",
                        ""));
    }

    private View reset(HttpStatus status, Person person, String problem) {
        return pages.form(
                FORM,
                status,
                new NewPasswordForm(
                        "Another password",
                        "For " + person.email().orElse(person.name()) + ". All your sessions of browsers end.",
                        "Choose it",
                        problem,
                        false,
                        "",
                        false,
                        "",
                        true,
                        "",
                        ""));
    }

    private View invitation(HttpStatus status, String token, String name, String email, String problem) {
        OpenInvitation invited = joining.look(token)
                .orElseThrow(
                        () -> new SandkeepException(ProblemCode.INVITATION_INVALID, "The invitation is not valid."));
        Optional<WebSession> session = WebSessions.current();
        String known = session.map(it -> it.person().name()).orElse("");
        return pages.form(
                FORM,
                status,
                new NewPasswordForm(
                        "Join " + invited.organization().name(),
                        "You are invited as " + invited.invitation().role().text()
                                + (session.isPresent() ? ". You join as " + known + "." : "."),
                        "Join",
                        problem,
                        true,
                        name.isEmpty() ? known : name,
                        session.isEmpty(),
                        email.isEmpty() ? invited.invitation().email().orElse("") : email,
                        session.isEmpty(),
                        session.map(WebSession::csrfToken).orElse(""),
                        session.isEmpty() ? "/sign-in?next=/invitation/" + token : ""));
    }

    private static SandkeepException invalidLink() {
        return new SandkeepException(ProblemCode.SIGN_IN_LINK_INVALID, "The link is not valid, or was used.");
    }
}
