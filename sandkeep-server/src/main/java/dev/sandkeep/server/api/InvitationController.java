package dev.sandkeep.server.api;

import dev.sandkeep.server.api.MemberController.MemberView;
import dev.sandkeep.server.organizations.AcceptedInvitation;
import dev.sandkeep.server.organizations.CreatedInvitation;
import dev.sandkeep.server.organizations.EmailAddress;
import dev.sandkeep.server.organizations.Invitation;
import dev.sandkeep.server.organizations.Invitations;
import dev.sandkeep.server.organizations.Organization;
import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.json.SelfChecking;
import dev.sandkeep.server.platform.security.AccessControl;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.OpenToAll;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.security.SecurityRequirements;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Invitations, and the way in for those who hold one. */
@RestController
@RequestMapping("/api/v1/invitations")
@Tag(name = "Organization")
class InvitationController {
    private static final int DEFAULT_DAYS = 7;
    private static final int MOST_DAYS = 30;

    private final Invitations invitations;

    InvitationController(Invitations invitations) {
        this.invitations = invitations;
    }

    /**
     * An invitation to make.
     *
     * @param role owner, admin or member
     * @param email for whom it is meant: the link is mailed there when mail is set up
     * @param expiresInDays 1 to 30; 7 when absent
     */
    record InvitationRequest(
            String role,
            @Nullable String email,
            @Nullable @Schema(defaultValue = "7") Integer expiresInDays) implements SelfChecking {
        @Override
        public void check(String path, ValidationErrors errors) {
            PeopleRules.role(role, List.of(Role.values()), path, errors);
            PeopleRules.days(expiresInDays, path + "expiresInDays", MOST_DAYS, errors);
            errors.check(
                    email == null || EmailAddress.hasForm(email),
                    path + "email",
                    "malformed",
                    "email must look like name@example.org");
        }
    }

    /**
     * An invitation that somebody holds.
     *
     * @param token its text
     * @param name of the new member, for people
     */
    record AcceptRequest(String token, String name) implements SelfChecking {
        @Override
        public void check(String path, ValidationErrors errors) {
            PeopleRules.name(name, path, errors);
        }
    }

    /**
     * An invitation that was neither accepted nor revoked.
     *
     * @param role that whoever accepts it will have
     */
    record InvitationView(
            String id, String role, @Nullable String email, String createdBy, Instant createdAt, Instant expiresAt) {
        static InvitationView of(Invitation invitation) {
            return new InvitationView(
                    invitation.id(),
                    invitation.role().text(),
                    invitation.email().orElse(null),
                    invitation.createdBy(),
                    invitation.createdAt(),
                    invitation.expiresAt());
        }
    }

    /**
     * An invitation that was made.
     *
     * @param token what to hand over: shown here and never again; null when the request was a repetition
     * @param url the same as a link for a browser
     * @param mailed whether the link was mailed to whom it is for
     */
    record CreatedInvitationView(
            InvitationView invitation,
            @Nullable String token,
            @Nullable String url,
            boolean mailed) {}

    /**
     * What an invitation gave.
     *
     * @param key an API key of the new member: shown here and never again
     */
    record AcceptedView(Organization organization, MemberView member, String key) {}

    @GetMapping
    @Requires(Permission.INVITATIONS_SEE)
    @Operation(
            operationId = "listInvitations",
            summary = "Invitations that were neither accepted nor revoked, newest first")
    Page<InvitationView> list(
            Caller caller,
            @RequestParam(required = false) @Parameter(description = ListParameters.LIMIT) @Nullable Integer limit,
            @RequestParam(required = false) @Parameter(description = ListParameters.CURSOR) @Nullable String cursor) {
        return invitations.list(caller, PageRequest.of(limit, cursor)).map(InvitationView::of);
    }

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    @Requires(Permission.MEMBERS_MANAGE)
    @Operation(
            operationId = "createInvitation",
            summary = "Invite somebody: whoever holds the token becomes a member, once. Only owners invite owners")
    ResponseEntity<CreatedInvitationView> create(
            Caller caller,
            @RequestBody InvitationRequest body,
            @RequestHeader(name = "Idempotency-Key", required = false)
                    @Parameter(description = ListParameters.IDEMPOTENCY_KEY)
                    @Nullable
                    String idempotencyKey) {
        CreatedInvitation created = invitations.create(
                caller,
                idempotencyKey,
                Role.of(body.role()),
                Optional.ofNullable(body.email()),
                Duration.ofDays(body.expiresInDays() == null ? DEFAULT_DAYS : body.expiresInDays()));
        return ResponseEntity.created(
                        URI.create("/api/v1/invitations/" + created.invitation().id()))
                .body(new CreatedInvitationView(
                        InvitationView.of(created.invitation()),
                        created.token().orElse(null),
                        created.url().orElse(null),
                        created.mailed()));
    }

    @DeleteMapping("/{invitation}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Requires(Permission.MEMBERS_MANAGE)
    @Operation(operationId = "revokeInvitation", summary = "End an invitation that nobody has accepted")
    void revoke(Caller caller, @PathVariable @Parameter(description = "Id of an invitation") String invitation) {
        invitations.revoke(caller, invitation);
    }

    @PostMapping("/accept")
    @ResponseStatus(HttpStatus.CREATED)
    @OpenToAll("only who holds a valid token gets in")
    @SecurityRequirements
    @Operation(
            operationId = "acceptInvitation",
            summary = "Become a member, and get a first key; needs no key. With one, its person becomes a member")
    AcceptedView accept(HttpServletRequest request, @RequestBody AcceptRequest body) {
        AcceptedInvitation accepted =
                invitations.accept(AccessControl.caller(), request.getRemoteAddr(), body.token(), body.name());
        return new AcceptedView(accepted.organization(), MemberView.of(accepted.member()), accepted.key());
    }
}
