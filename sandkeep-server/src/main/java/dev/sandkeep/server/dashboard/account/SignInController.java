package dev.sandkeep.server.dashboard.account;

import dev.sandkeep.server.accounts.Cookies;
import dev.sandkeep.server.accounts.PasswordLinks;
import dev.sandkeep.server.accounts.SafePath;
import dev.sandkeep.server.accounts.SignIn;
import dev.sandkeep.server.accounts.Visitors;
import dev.sandkeep.server.accounts.WebSessions;
import dev.sandkeep.server.platform.security.OpenToAll;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
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

    SignInController(SignIn signIn, PasswordLinks links, WebSessions sessions, Cookies cookies) {
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
        cookies.signedIn(response, signIn.withPassword(email, password, Visitors.of(request)));
        return to(SafePath.of(next));
    }

    @PostMapping("/sign-out")
    @OpenToAll("ends the session of whoever asks")
    ResponseEntity<Void> signOut(HttpServletResponse response) {
        WebSessions.current().ifPresent(sessions::end);
        cookies.signedOut(response);
        return to("/sign-in");
    }

    @PostMapping("/organization/switch")
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
        cookies.signedIn(response, links.setUp(token, name, email, password, Visitors.of(request)));
        return to(SafePath.HOME);
    }

    private static ResponseEntity<Void> to(String path) {
        return ResponseEntity.status(HttpStatus.SEE_OTHER)
                .location(URI.create(path))
                .build();
    }
}
