package dev.sandkeep.server.api;

import dev.sandkeep.server.accounts.Account;
import dev.sandkeep.server.accounts.Accounts;
import dev.sandkeep.server.accounts.ListedSession;
import dev.sandkeep.server.accounts.QrCode;
import dev.sandkeep.server.accounts.SecondFactorSecret;
import dev.sandkeep.server.accounts.Visitors;
import dev.sandkeep.server.accounts.WebSession;
import dev.sandkeep.server.accounts.WebSessions;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** One's own account: how one signs in, and where one has. */
@RestController
@RequestMapping("/api/v1/account")
@Tag(name = "Account")
class AccountController {
    private final Accounts accounts;

    AccountController(Accounts accounts) {
        this.accounts = accounts;
    }

    /**
     * How one signs in.
     *
     * @param id of the person, whatever organizations it is in
     * @param email by which one signs in; null when one never does
     * @param emailVerified whether one has shown to read mail there
     * @param password whether one has a password
     * @param secondFactor whether a code is asked for after the password
     * @param recoveryCodesLeft codes for when the second factor is lost, not used yet
     */
    record AccountView(
            String id,
            String name,
            @Nullable String email,
            boolean emailVerified,
            boolean password,
            boolean secondFactor,
            int recoveryCodesLeft) {
        static AccountView of(Account account) {
            return new AccountView(
                    account.person().id(),
                    account.person().name(),
                    account.person().email().orElse(null),
                    account.person().emailVerified(),
                    account.password(),
                    account.secondFactor(),
                    account.recoveryCodesLeft());
        }
    }

    /**
     * A session of a browser.
     *
     * @param method how it began: password, link, invitation or openid
     * @param address that it was last used from
     * @param agent what the browser says it is
     * @param lastUsedAt to the minute
     * @param expiresAt when it ends if it is used; unused it ends earlier
     * @param current whether it is the one that asks
     */
    record WebSessionView(
            String id,
            String method,
            String address,
            String agent,
            Instant createdAt,
            Instant lastUsedAt,
            Instant expiresAt,
            boolean current) {
        static WebSessionView of(ListedSession session, Optional<String> current) {
            return new WebSessionView(
                    session.id(),
                    session.method(),
                    session.address(),
                    session.agent(),
                    session.createdAt(),
                    session.lastUsedAt(),
                    session.expiresAt(),
                    current.filter(session.id()::equals).isPresent());
        }
    }

    /** All of them. */
    record WebSessionList(List<WebSessionView> items) {}

    /**
     * Another password.
     *
     * @param newPassword 12 to 200 characters
     */
    record PasswordRequest(String currentPassword, String newPassword) {
        /** Shows no secret. */
        @Override
        public String toString() {
            return "PasswordRequest[]";
        }
    }

    /** The password, to show that it is oneself who asks. */
    record Shown(String password) {
        /** Shows no secret. */
        @Override
        public String toString() {
            return "Shown[]";
        }
    }

    /** A code that the authenticator app shows. */
    record CodeRequest(String code) {}

    /**
     * What an authenticator app is to be told.
     *
     * @param secret in Base32, to be typed: shown here and never again
     * @param uri the same as apps read it from a link
     * @param qr the same as a picture for the app's camera
     */
    record SecondFactorView(String secret, String uri, QrCode qr) {}

    /**
     * Codes for when the authenticator app is lost, each for one sign-in.
     *
     * @param codes shown here and never again
     */
    record RecoveryCodesView(List<String> codes) {}

    @GetMapping
    @Requires(Permission.ACCOUNT_SEE)
    @Operation(operationId = "getAccount", summary = "How one signs in")
    AccountView account(Caller caller) {
        return AccountView.of(accounts.of(caller));
    }

    @GetMapping("/sessions")
    @Requires(Permission.ACCOUNT_SEE)
    @Operation(operationId = "listWebSessions", summary = "One's own sessions of browsers, the one used last first")
    WebSessionList sessions(Caller caller) {
        Optional<String> current = WebSessions.current().map(WebSession::id);
        return new WebSessionList(accounts.sessions(caller).stream()
                .map(session -> WebSessionView.of(session, current))
                .toList());
    }

    @DeleteMapping("/sessions/{webSession}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Requires(Permission.ACCOUNT_MANAGE)
    @Operation(operationId = "endWebSession", summary = "End one of one's own sessions of browsers")
    void endSession(
            Caller caller, @PathVariable @Parameter(description = "Id of a session of a browser") String webSession) {
        accounts.endSession(caller, webSession);
    }

    @DeleteMapping("/sessions")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Requires(Permission.ACCOUNT_MANAGE)
    @Operation(
            operationId = "endOtherWebSessions",
            summary = "End all of one's own sessions of browsers but the one that asks")
    void endOtherSessions(Caller caller) {
        accounts.endOtherSessions(caller);
    }

    @PutMapping("/password")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Requires(Permission.ACCOUNT_MANAGE)
    @Operation(operationId = "changePassword", summary = "Choose another password; all other sessions of browsers end")
    void changePassword(HttpServletRequest request, Caller caller, @RequestBody PasswordRequest body) {
        accounts.changePassword(caller, body.currentPassword(), body.newPassword(), Visitors.of(request));
    }

    @PostMapping("/second-factor")
    @Requires(Permission.ACCOUNT_MANAGE)
    @Operation(
            operationId = "beginSecondFactor",
            summary = "Get a secret for an authenticator app; it counts when a first code was confirmed")
    SecondFactorView beginSecondFactor(HttpServletRequest request, Caller caller, @RequestBody Shown body) {
        SecondFactorSecret secret = accounts.beginSecondFactor(caller, body.password(), Visitors.of(request));
        return new SecondFactorView(secret.secret(), secret.uri(), secret.qr());
    }

    @PostMapping("/second-factor/confirm")
    @Requires(Permission.ACCOUNT_MANAGE)
    @Operation(
            operationId = "confirmSecondFactor",
            summary = "Show a first code: codes are asked for from now on. Answers recovery codes")
    RecoveryCodesView confirmSecondFactor(HttpServletRequest request, Caller caller, @RequestBody CodeRequest body) {
        return new RecoveryCodesView(accounts.confirmSecondFactor(caller, body.code(), Visitors.of(request)));
    }

    @PostMapping("/second-factor/recovery-codes")
    @Requires(Permission.ACCOUNT_MANAGE)
    @Operation(operationId = "newRecoveryCodes", summary = "Make new recovery codes in the place of the earlier ones")
    RecoveryCodesView newRecoveryCodes(HttpServletRequest request, Caller caller, @RequestBody Shown body) {
        return new RecoveryCodesView(accounts.newRecoveryCodes(caller, body.password(), Visitors.of(request)));
    }

    @PostMapping("/second-factor/remove")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Requires(Permission.ACCOUNT_MANAGE)
    @Operation(operationId = "removeSecondFactor", summary = "Go without a second factor from now on")
    void removeSecondFactor(HttpServletRequest request, Caller caller, @RequestBody Shown body) {
        accounts.removeSecondFactor(caller, body.password(), Visitors.of(request));
    }
}
