package dev.sandkeep.server.dashboard.account;

import dev.sandkeep.server.accounts.CodeNeeded;
import dev.sandkeep.server.accounts.Cookies;
import dev.sandkeep.server.accounts.OpenId;
import dev.sandkeep.server.accounts.PasswordLinks;
import dev.sandkeep.server.accounts.SafePath;
import dev.sandkeep.server.accounts.SignIn;
import dev.sandkeep.server.accounts.SignInStep;
import dev.sandkeep.server.accounts.SignedIn;
import dev.sandkeep.server.accounts.Visitors;
import dev.sandkeep.server.accounts.WebSession;
import dev.sandkeep.server.accounts.WebSessions;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.OpenToAll;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.Problem;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;

/** Signing in and out. */
@Controller
class SignInController {
    private static final String MAILED = "If somebody here has the address, a link is on its way there.";

    private final SignIn signIn;
    private final PasswordLinks links;
    private final WebSessions sessions;
    private final Cookies cookies;
    private final OpenId openId;
    private final SignedOutPages pages;

    SignInController(
            SignIn signIn,
            PasswordLinks links,
            WebSessions sessions,
            Cookies cookies,
            OpenId openId,
            SignedOutPages pages) {
        this.signIn = signIn;
        this.links = links;
        this.sessions = sessions;
        this.cookies = cookies;
        this.openId = openId;
        this.pages = pages;
    }

    @GetMapping("/sign-in")
    @OpenToAll("shows a form")
    View signInForm(
            @RequestParam(defaultValue = SafePath.HOME) String next,
            @RequestParam(required = false) @Nullable String mailed) {
        if (WebSessions.current().flatMap(WebSession::caller).isPresent()) {
            return SignedOutPages.to(SafePath.of(next));
        }
        if (WebSessions.current().isPresent()) {
            return SignedOutPages.to(NoOrganizationController.PATH);
        }
        return form(HttpStatus.OK, next, "", "", mailed == null ? "" : MAILED);
    }

    @PostMapping("/sign-in")
    @OpenToAll("only who shows a password gets in")
    View signIn(
            HttpServletRequest request,
            HttpServletResponse response,
            @RequestParam String email,
            @RequestParam String password,
            @RequestParam(defaultValue = SafePath.HOME) String next) {
        try {
            return goOn(response, signIn.withPassword(email, password, Visitors.of(request)), next);
        } catch (SandkeepException refused) {
            return form(SignedOutPages.status(refused), next, email, SignedOutPages.text(refused), "");
        }
    }

    @GetMapping("/sign-in/code")
    @OpenToAll("shows a form")
    View codeForm(HttpServletRequest request, @RequestParam(defaultValue = SafePath.HOME) String next) {
        return signIn.awaitsCode(Cookies.challenge(request))
                ? code(HttpStatus.OK, next, "")
                : SignedOutPages.to("/sign-in");
    }

    @PostMapping("/sign-in/code")
    @OpenToAll("only who has shown a password before gets in")
    View showCode(
            HttpServletRequest request,
            HttpServletResponse response,
            @RequestParam String code,
            @RequestParam(defaultValue = SafePath.HOME) String next) {
        try {
            return goOn(response, signIn.withCode(Cookies.challenge(request), code, Visitors.of(request)), next);
        } catch (SandkeepException refused) {
            return code(SignedOutPages.status(refused), next, SignedOutPages.text(refused));
        }
    }

    @GetMapping("/sign-in/openid")
    @OpenToAll("only sends to the identity provider")
    View depart(HttpServletResponse response, @RequestParam(defaultValue = SafePath.HOME) String next) {
        OpenId.Departure departure = openId.depart(next, Optional.empty());
        cookies.sentAway(response, departure);
        return SignedOutPages.to(departure.url());
    }

    @PostMapping("/account/openid")
    @Requires(Permission.ACCOUNT_MANAGE)
    View link(HttpServletResponse response) {
        OpenId.Departure departure =
                openId.depart("/account", WebSessions.current().map(WebSession::personId));
        cookies.sentAway(response, departure);
        return SignedOutPages.to(departure.url());
    }

    @GetMapping("/sign-in/openid/return")
    @OpenToAll("only whom the identity provider vouches for gets in")
    View arrive(
            HttpServletRequest request,
            HttpServletResponse response,
            @RequestParam(defaultValue = "") String state,
            @RequestParam(defaultValue = "") String code) {
        OpenId.Arrival arrival = openId.arrive(state, code, Cookies.sentAway(request), Visitors.of(request));
        return goOn(response, arrival.in(), arrival.next());
    }

    @GetMapping("/forgotten-password")
    @OpenToAll("shows a form")
    View forgottenForm() {
        return pages.forgotten(links.mails());
    }

    @PostMapping("/forgotten-password")
    @OpenToAll("answers the same for every address")
    View forgotten(HttpServletRequest request, @RequestParam String email) {
        links.forgotten(email, Visitors.of(request));
        return SignedOutPages.to("/sign-in?mailed");
    }

    @PostMapping("/sign-out")
    @OpenToAll("ends the session of whoever asks")
    View signOut(HttpServletResponse response) {
        WebSessions.current().ifPresent(sessions::end);
        cookies.signedOut(response);
        return SignedOutPages.to("/sign-in");
    }

    @PostMapping("/switch-organization")
    @Requires(Permission.ORGANIZATION_SEE)
    View enter(@RequestParam String organization) {
        WebSessions.current().ifPresent(session -> sessions.enter(session, organization));
        return SignedOutPages.to(SafePath.HOME);
    }

    @ExceptionHandler
    View refused(SandkeepException failure) {
        return pages.refused(Problem.of(failure));
    }

    private View goOn(HttpServletResponse response, SignInStep step, String next) {
        cookies.write(response, step);
        String path = SafePath.of(next);
        return switch (step) {
            case SignedIn in -> SignedOutPages.to(path);
            case CodeNeeded code ->
                SignedOutPages.to("/sign-in/code?next=" + URLEncoder.encode(path, StandardCharsets.UTF_8));
        };
    }

    private View form(HttpStatus status, String next, String email, String problem, String notice) {
        return pages.form(
                "account/signIn", status, new SignInForm(SafePath.of(next), email, problem, notice, openId.name()));
    }

    private View code(HttpStatus status, String next, String problem) {
        return pages.form("account/code", status, new SignInForm(SafePath.of(next), "", problem, "", Optional.empty()));
    }
}
