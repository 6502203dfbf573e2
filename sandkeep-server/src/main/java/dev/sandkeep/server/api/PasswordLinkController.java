package dev.sandkeep.server.api;

import dev.sandkeep.server.accounts.PasswordLink;
import dev.sandkeep.server.accounts.PasswordLinks;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Links by which people choose a password. */
@RestController
@RequestMapping("/api/v1")
@Tag(name = "Account")
class PasswordLinkController {
    private final PasswordLinks links;

    PasswordLinkController(PasswordLinks links) {
        this.links = links;
    }

    /**
     * Which link is wanted.
     *
     * @param removeSecondFactor whether using it also removes the second factor, for somebody who has lost it
     */
    record ResetRequest(
            @Nullable @Schema(defaultValue = "false") Boolean removeSecondFactor) {}

    /**
     * A link that was made.
     *
     * @param url what to open in a browser, once: shown here and never again
     */
    record PasswordLinkView(String url, Instant expiresAt) {
        static PasswordLinkView of(PasswordLink link) {
            return new PasswordLinkView(link.url(), link.expiresAt());
        }
    }

    @PostMapping("/system/set-up-links")
    @ResponseStatus(HttpStatus.CREATED)
    @Requires(Permission.SIGN_IN_RESTORE)
    @Operation(
            operationId = "createSetUpLink",
            summary = "Make a link by which the person behind the key gets an e-mail address and a password")
    PasswordLinkView forSetUp(Caller caller) {
        return PasswordLinkView.of(links.forSetUp(caller));
    }

    @PostMapping("/members/{member}/password-reset")
    @ResponseStatus(HttpStatus.CREATED)
    @Requires(Permission.MEMBERS_MANAGE)
    @Operation(
            operationId = "createPasswordReset",
            summary = "Make a link by which a member chooses another password. Only owners make one for owners")
    PasswordLinkView forReset(
            Caller caller,
            @PathVariable @Parameter(description = "Id of a member") String member,
            @RequestBody ResetRequest body) {
        return PasswordLinkView.of(links.forReset(caller, member, Boolean.TRUE.equals(body.removeSecondFactor())));
    }
}
