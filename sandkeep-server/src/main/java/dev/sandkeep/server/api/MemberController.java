package dev.sandkeep.server.api;

import dev.sandkeep.server.organizations.Member;
import dev.sandkeep.server.organizations.Members;
import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.json.SelfChecking;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.security.Role;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Instant;
import java.util.List;
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

/** The members of the caller's organization. */
@RestController
@RequestMapping("/api/v1")
@Tag(name = "Organization")
class MemberController {
    private static final String MEMBER = "Id of a member";

    private final Members members;

    MemberController(Members members) {
        this.members = members;
    }

    /**
     * A member's new role.
     *
     * @param role owner, admin or member
     */
    record RoleRequest(String role) implements SelfChecking {
        @Override
        public void check(String path, ValidationErrors errors) {
            PeopleRules.role(role, List.of(Role.values()), path, errors);
        }
    }

    /**
     * A person in the organization.
     *
     * @param role owner, admin or member
     */
    record MemberView(String id, String name, String role, Instant since) {
        static MemberView of(Member member) {
            return new MemberView(member.id(), member.name(), member.role().text(), member.since());
        }
    }

    /** All of them. */
    record MemberList(List<MemberView> items) {}

    @GetMapping("/members")
    @Requires(Permission.MEMBERS_SEE)
    @Operation(operationId = "listMembers", summary = "All members, by name")
    MemberList list(Caller caller) {
        return new MemberList(members.list(caller).stream().map(MemberView::of).toList());
    }

    @PutMapping("/members/{member}/role")
    @Requires(Permission.MEMBERS_MANAGE)
    @Operation(
            operationId = "putMemberRole",
            summary = "Give a member another role; only owners make, change and remove owners")
    MemberView changeRole(
            Caller caller,
            @PathVariable @Parameter(description = MEMBER) String member,
            @RequestBody RoleRequest body) {
        return MemberView.of(members.changeRole(caller, member, Role.of(body.role())));
    }

    @DeleteMapping("/members/{member}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Requires(Permission.MEMBERS_MANAGE)
    @Operation(
            operationId = "removeMember",
            summary = "Take a member out, with the keys it has and the invitations it made")
    void remove(Caller caller, @PathVariable @Parameter(description = MEMBER) String member) {
        members.remove(caller, member);
    }

    @PostMapping("/organization/leave")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Requires(Permission.ORGANIZATION_LEAVE)
    @Operation(
            operationId = "leaveOrganization",
            summary = "Stop being a member; the calling key ends with it. The last owner cannot")
    void leave(Caller caller) {
        members.leave(caller);
    }
}
