package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.events.AuditEntry;
import dev.sandkeep.server.events.AuditLog;
import dev.sandkeep.server.organizations.Members;
import dev.sandkeep.server.organizations.ServiceAccounts;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;

/** The audit log: who did what to what from where. */
@Controller
public final class AuditPage {
    private final Pages pages;
    private final AuditLog log;
    private final Members members;
    private final ServiceAccounts accounts;
    private final Duration retention;

    AuditPage(Pages pages, AuditLog log, Members members, ServiceAccounts accounts, SandkeepProperties properties) {
        this.pages = pages;
        this.log = log;
        this.members = members;
        this.accounts = accounts;
        retention = properties.auditRetention();
    }

    /**
     * What the page shows.
     *
     * @param names of actors, by id; of those who left there is none
     * @param retention how long entries are kept
     */
    public record Content(
            List<AuditEntry> entries, String next, boolean first, Map<String, String> names, String retention) {
        /** Somebody's or something's name, else its id. */
        public String name(String id) {
            return names.getOrDefault(id, id);
        }

        /** The value before and after, where there is one. */
        public Optional<String> value(@Nullable String value) {
            return Optional.ofNullable(value).filter(text -> !text.isEmpty());
        }
    }

    @GetMapping("/settings/audit")
    @Requires(Permission.AUDIT_SEE)
    View log(Frame frame, @RequestParam(required = false) @Nullable String cursor) {
        Page<AuditEntry> found = log.list(frame.caller(), PageRequest.of(PageRequest.DEFAULT_LIMIT, cursor));
        Map<String, String> names = new HashMap<>();
        members.list(frame.caller()).forEach(member -> names.put(member.id(), member.name()));
        accounts.list(frame.caller()).forEach(account -> names.put(account.id(), account.name()));
        names.put(frame.caller().organizationId(), frame.organization());
        return pages.page(
                "settings/audit",
                frame,
                new Content(
                        found.items(),
                        Links.older("/settings/audit", found.nextCursor()),
                        cursor == null,
                        names,
                        Shown.length(retention)));
    }
}
