package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.events.AuditEntry;
import dev.sandkeep.server.events.AuditFilter;
import dev.sandkeep.server.events.AuditLog;
import dev.sandkeep.server.organizations.Members;
import dev.sandkeep.server.organizations.ServiceAccounts;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;

/** The audit log: who did what to what from where. */
@Controller
public final class AuditPage {
    private static final String PATH = "/settings/audit";

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
     * @param export address of everything that the filter lets through
     */
    public record Content(
            List<AuditEntry> entries,
            String next,
            boolean first,
            Map<String, String> names,
            Map<String, String> actors,
            Wanted wanted,
            String export,
            String retention) {
        /** Somebody's or something's name, else its id. */
        public String name(String id) {
            return names.getOrDefault(id, id);
        }

        /** The value before and after, where there is one. */
        public Optional<String> value(@Nullable String value) {
            return Optional.ofNullable(value).filter(text -> !text.isEmpty());
        }
    }

    /** The filter as the form has it: days from 00:00 UTC, the last one included; empty for what narrows nothing. */
    public record Wanted(String actor, String action, String subject, String from, String to) {
        /** Whether it narrows anything. */
        public boolean any() {
            return !(actor + action + subject + from + to).isBlank();
        }

        AuditFilter filter() {
            return AuditFilter.of(
                    Optional.of(actor),
                    Optional.of(action),
                    Optional.of(subject),
                    Optional.of(from),
                    Optional.of(end()));
        }

        private String end() {
            try {
                return to.isBlank()
                        ? ""
                        : LocalDate.parse(to.strip()).plusDays(1).toString();
            } catch (DateTimeParseException malformed) {
                return to;
            }
        }

        private String query(String end) {
            return Stream.of(
                            part("actor", actor),
                            part("action", action),
                            part("subject", subject),
                            part("from", from),
                            part("to", end))
                    .filter(part -> !part.isEmpty())
                    .collect(Collectors.joining("&"));
        }

        private static String part(String name, String value) {
            return value.isBlank() ? "" : name + "=" + URLEncoder.encode(value.strip(), StandardCharsets.UTF_8);
        }
    }

    @GetMapping(PATH)
    @Requires(Permission.AUDIT_SEE)
    View log(
            Frame frame,
            @RequestParam(required = false) @Nullable String cursor,
            @RequestParam(defaultValue = "") String actor,
            @RequestParam(defaultValue = "") String action,
            @RequestParam(defaultValue = "") String subject,
            @RequestParam(defaultValue = "") String from,
            @RequestParam(defaultValue = "") String to) {
        Wanted wanted = new Wanted(actor, action, subject, from, to);
        Page<AuditEntry> found =
                log.list(frame.caller(), wanted.filter(), PageRequest.of(PageRequest.DEFAULT_LIMIT, cursor));
        Map<String, String> actors = new LinkedHashMap<>();
        members.list(frame.caller()).forEach(member -> actors.put(member.id(), member.name()));
        accounts.list(frame.caller()).forEach(account -> actors.put(account.id(), account.name()));
        if (!actor.isBlank()) {
            // Somebody who has left can be asked for, too.
            actors.putIfAbsent(actor, actor);
        }
        Map<String, String> names = new HashMap<>(actors);
        names.put(frame.caller().organizationId(), frame.organization());
        return pages.page(
                "settings/audit",
                frame,
                new Content(
                        found.items(),
                        Links.older(address(PATH, wanted.query(to)), found.nextCursor()),
                        cursor == null,
                        names,
                        actors,
                        wanted,
                        address("/api/v1/audit/export", wanted.query(wanted.end())),
                        Shown.length(retention)));
    }

    private static String address(String path, String query) {
        return query.isEmpty() ? path : path + "?" + query;
    }
}
