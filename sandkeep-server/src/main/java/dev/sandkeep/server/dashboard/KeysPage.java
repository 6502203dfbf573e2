package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.organizations.ApiKey;
import dev.sandkeep.server.organizations.Keys;
import dev.sandkeep.server.organizations.Member;
import dev.sandkeep.server.organizations.Members;
import dev.sandkeep.server.organizations.ServiceAccount;
import dev.sandkeep.server.organizations.ServiceAccounts;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Scope;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;

/** API keys: one's own, for admins everybody's; and the service accounts that own keys. */
@Controller
public final class KeysPage {
    private final Pages pages;
    private final Keys keys;
    private final Members members;
    private final ServiceAccounts accounts;

    KeysPage(Pages pages, Keys keys, Members members, ServiceAccounts accounts) {
        this.pages = pages;
        this.keys = keys;
        this.members = members;
        this.accounts = accounts;
    }

    /**
     * A key.
     *
     * @param own whether it belongs to who looks at the page
     * @param revocable whether who looks at it may end it
     */
    public record Row(ApiKey key, boolean own, boolean revocable) {
        /** What it may be used for, in the usual order. */
        public String scopes() {
            return new TreeSet<>(key.scopes()).stream().map(Scope::text).collect(Collectors.joining(", "));
        }

        /** Whether it is worth nothing any more. */
        public boolean expired(Instant now) {
            return key.expiresAt().filter(end -> !end.isAfter(now)).isPresent();
        }
    }

    /**
     * What the page shows.
     *
     * @param scopes that a new key may have
     * @param accounts empty for those who may not see them
     */
    public record Content(
            List<Row> rows, String next, boolean first, List<Scope> scopes, List<ServiceAccount> accounts) {}

    @GetMapping("/settings/keys")
    @Requires(Permission.KEYS_SEE)
    View keys(Frame frame, @RequestParam(required = false) @Nullable String cursor) {
        Page<ApiKey> found = keys.list(frame.caller(), PageRequest.of(PageRequest.DEFAULT_LIMIT, cursor));
        Set<String> owners = members.list(frame.caller()).stream()
                .filter(member -> member.role() == Role.OWNER)
                .map(Member::id)
                .collect(Collectors.toSet());
        return pages.page(
                "settings/keys",
                frame,
                new Content(
                        found.items().stream()
                                .map(key -> row(frame, key, owners))
                                .toList(),
                        Links.older("/settings/keys", found.nextCursor()),
                        cursor == null,
                        List.of(Scope.values()),
                        frame.may(Permission.SERVICE_ACCOUNTS_SEE) ? accounts.list(frame.caller()) : List.of()));
    }

    private static Row row(Frame frame, ApiKey key, Set<String> owners) {
        boolean own = key.owner().equals(frame.caller().actor());
        boolean ofOwner = owners.contains(key.owner());
        return new Row(
                key,
                own,
                frame.may(Permission.KEYS_MANAGE)
                        && (own
                                || (frame.may(Permission.KEYS_OF_OTHERS_REVOKE)
                                        && (!ofOwner || frame.may(Permission.OWNERS_MANAGE)))));
    }
}
