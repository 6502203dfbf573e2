package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.organizations.Invitation;
import dev.sandkeep.server.organizations.Invitations;
import dev.sandkeep.server.organizations.Member;
import dev.sandkeep.server.organizations.Members;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;

/** The members of the organization, who is invited, and what each role may do. */
@Controller
public final class MembersPage {
    private final Pages pages;
    private final Members members;
    private final Invitations invitations;

    MembersPage(Pages pages, Members members, Invitations invitations) {
        this.pages = pages;
        this.members = members;
        this.invitations = invitations;
    }

    /**
     * A member.
     *
     * @param self whether it is who looks at the page
     * @param touchable whether who looks at it may change or remove it
     */
    public record Row(Member member, boolean self, boolean touchable) {}

    /** An invitation, and by name who made it. */
    public record Invited(Invitation invitation, String by, boolean touchable) {}

    /**
     * What the page shows.
     *
     * @param assignable roles that who looks at it may give
     * @param invited empty for those who may not see it
     */
    public record Content(
            List<Row> members,
            List<Role> assignable,
            List<Invited> invited,
            String next,
            boolean first,
            List<Role> roles,
            List<Permission> permissions) {}

    @GetMapping("/settings/members")
    @Requires(Permission.MEMBERS_SEE)
    View members(Frame frame, @RequestParam(required = false) @Nullable String cursor) {
        List<Member> all = members.list(frame.caller());
        boolean manages = frame.may(Permission.MEMBERS_MANAGE);
        boolean managesOwners = frame.may(Permission.OWNERS_MANAGE);
        Page<Invitation> invited = frame.may(Permission.INVITATIONS_SEE)
                ? invitations.list(frame.caller(), PageRequest.of(PageRequest.DEFAULT_LIMIT, cursor))
                : new Page<>(List.of(), null);
        Map<String, String> names = all.stream().collect(Collectors.toMap(Member::id, Member::name));
        return pages.page(
                "settings/members",
                frame,
                new Content(
                        all.stream()
                                .map(member -> new Row(
                                        member,
                                        member.id().equals(frame.caller().actor()),
                                        manages && (managesOwners || member.role() != Role.OWNER)))
                                .toList(),
                        Arrays.stream(Role.values())
                                .filter(role -> manages && (managesOwners || role != Role.OWNER))
                                .toList(),
                        invited.items().stream()
                                .map(it -> new Invited(
                                        it,
                                        names.getOrDefault(it.createdBy(), it.createdBy()),
                                        manages && (managesOwners || it.role() != Role.OWNER)))
                                .toList(),
                        Links.older("/settings/members", invited.nextCursor()),
                        cursor == null,
                        List.of(Role.values()),
                        List.of(Permission.values())));
    }
}
