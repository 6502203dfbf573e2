package dev.sandkeep.server.dashboard.account;

import dev.sandkeep.server.accounts.CodeNeeded;
import dev.sandkeep.server.accounts.Cookies;
import dev.sandkeep.server.accounts.Joining;
import dev.sandkeep.server.accounts.OpenId;
import dev.sandkeep.server.accounts.PasswordLinks;
import dev.sandkeep.server.accounts.SafePath;
import dev.sandkeep.server.accounts.SignIn;
import dev.sandkeep.server.accounts.SignInStep;
import dev.sandkeep.server.accounts.SignedIn;
import dev.sandkeep.server.accounts.Visitors;
import dev.sandkeep.server.accounts.WebSession;
import dev.sandkeep.server.accounts.WebSessions;
import dev.sandkeep.server.platform.security.OpenToAll;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/** Signing in and out, and the first sign-in of all. */
@Controller
class SignInController {
    private final SignIn signIn;
    private final PasswordLinks links;
    private final WebSessions sessions;
    private final Cookies cookies;
    private final Joining joining;
    private final OpenId openId;

    SignInController(
            SignIn signIn, PasswordLinks links, WebSessions sessions, Cookies cookies, Joining joining, OpenId openId) {
        this.joining = joining;
        this.openId = openId;
        this.signIn = signIn;
        this.links = links;
        this.sessions = sessions;
        this.cookies = cookies;
    }

    @PostMapping("/sign-in")
    @OpenToAll("only who shows a password gets in")
    ResponseEntity<Void> signIn(
            HttpServletRequest request,
            HttpServletResponse response,
            @RequestParam String email,
            @RequestParam String password,
            @RequestParam(defaultValue = SafePath.HOME) String next) {
        return goOn(response, signIn.withPassword(email, password, Visitors.of(request)), next);
    }

    @PostMapping("/sign-in/code")
    @OpenToAll("only who has shown a password before gets in")
    ResponseEntity<Void> showCode(
            HttpServletRequest request,
            HttpServletResponse response,
            @RequestParam String code,
            @RequestParam(defaultValue = SafePath.HOME) String next) {
        return goOn(response, signIn.withCode(Cookies.challenge(request), code, Visitors.of(request)), next);
    }

    @GetMapping("/sign-in/openid")
    @OpenToAll("only sends to the identity provider")
    ResponseEntity<Void> depart(HttpServletResponse response, @RequestParam(defaultValue = SafePath.HOME) String next) {
        OpenId.Departure departure = openId.depart(next, Optional.empty());
        cookies.sentAway(response, departure);
        return to(departure.url());
    }

    @PostMapping("/account/openid")
    @Requires(Permission.ACCOUNT_MANAGE)
    ResponseEntity<Void> link(HttpServletResponse response) {
        OpenId.Departure departure =
                openId.depart("/account", WebSessions.current().map(WebSession::personId));
        cookies.sentAway(response, departure);
        return to(departure.url());
    }

    @GetMapping("/sign-in/openid/return")
    @OpenToAll("only whom the identity provider vouches for gets in")
    ResponseEntity<Void> arrive(
            HttpServletRequest request,
            HttpServletResponse response,
            @RequestParam(defaultValue = "") String state,
            @RequestParam(defaultValue = "") String code) {
        OpenId.Arrival arrival = openId.arrive(state, code, Cookies.sentAway(request), Visitors.of(request));
        return goOn(response, arrival.in(), arrival.next());
    }

    @PostMapping("/forgotten-password")
    @OpenToAll("answers the same for every address")
    ResponseEntity<Void> forgotten(HttpServletRequest request, @RequestParam String email) {
        links.forgotten(email, Visitors.of(request));
        return to("/sign-in?mailed");
    }

    @PostMapping("/invitation/{token}")
    @OpenToAll("only who holds a valid invitation gets in")
    ResponseEntity<Void> join(
            HttpServletRequest request,
            HttpServletResponse response,
            @PathVariable String token,
            @RequestParam String name,
            @RequestParam(defaultValue = "") String email,
            @RequestParam(defaultValue = "") String password) {
        Optional<WebSession> session = WebSessions.current();
        if (session.isPresent()) {
            joining.asOneself(session.get(), token, name, Visitors.of(request));
            return to(SafePath.HOME);
        }
        return goOn(response, joining.asSomebodyNew(token, name, email, password, Visitors.of(request)), SafePath.HOME);
    }

    @PostMapping("/sign-out")
    @OpenToAll("ends the session of whoever asks")
    ResponseEntity<Void> signOut(HttpServletResponse response) {
        WebSessions.current().ifPresent(sessions::end);
        cookies.signedOut(response);
        return to("/sign-in");
    }

    @PostMapping("/switch-organization")
    @Requires(Permission.ORGANIZATION_SEE)
    ResponseEntity<Void> enter(@RequestParam String organization) {
        WebSessions.current().ifPresent(session -> sessions.enter(session, organization));
        return to(SafePath.HOME);
    }

    @PostMapping("/set-up/{token}")
    @OpenToAll("only who holds a valid link gets in")
    ResponseEntity<Void> setUp(
            HttpServletRequest request,
            HttpServletResponse response,
            @PathVariable String token,
            @RequestParam String name,
            @RequestParam String email,
            @RequestParam String password) {
        return goOn(response, links.setUp(token, name, email, password, Visitors.of(request)), SafePath.HOME);
    }

    @PostMapping("/reset-password/{token}")
    @OpenToAll("only who holds a valid link gets in")
    ResponseEntity<Void> reset(
            HttpServletRequest request,
            HttpServletResponse response,
            @PathVariable String token,
            @RequestParam String password) {
        return goOn(response, links.reset(token, password, Visitors.of(request)), SafePath.HOME);
    }

    private ResponseEntity<Void> goOn(HttpServletResponse response, SignInStep step, String next) {
        cookies.write(response, step);
        String path = SafePath.of(next);
        return switch (step) {
            case SignedIn in -> to(path);
            case CodeNeeded code -> to("/sign-in/code?next=" + URLEncoder.encode(path, StandardCharsets.UTF_8));
        };
    }

    private static ResponseEntity<Void> to(String path) {
        return ResponseEntity.status(HttpStatus.SEE_OTHER)
                .location(URI.create(path))
                .build();
    }
}
