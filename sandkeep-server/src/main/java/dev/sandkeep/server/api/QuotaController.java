package dev.sandkeep.server.api;

import dev.sandkeep.server.organizations.InstalledOrganization;
import dev.sandkeep.server.organizations.Organizations;
import dev.sandkeep.server.organizations.Quota;
import dev.sandkeep.server.organizations.QuotaUse;
import dev.sandkeep.server.organizations.Quotas;
import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.json.SelfChecking;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** How much organizations may have, and how much of it they use. */
@RestController
@RequestMapping("/api/v1")
@Tag(name = "Quotas")
class QuotaController {
    private static final String ORGANIZATION = "Id of the organization.";

    private final Quotas quotas;
    private final Organizations organizations;

    QuotaController(Quotas quotas, Organizations organizations) {
        this.quotas = quotas;
        this.organizations = organizations;
    }

    /**
     * One quota.
     *
     * @param quota which one
     * @param description what is counted
     * @param own what the organization limits itself to; null for nothing
     * @param ceiling what the operators of the server limit it to; null for nothing
     * @param limit what holds: the lower one; null for no limit
     * @param used at this moment
     */
    record QuotaView(
            String quota,
            String description,
            @Nullable Long own,
            @Nullable Long ceiling,
            @Nullable Long limit,
            long used) {
        static QuotaView of(QuotaUse use) {
            return new QuotaView(
                    use.quota().text(),
                    use.quota().description(),
                    value(use.own()),
                    value(use.ceiling()),
                    value(use.limit()),
                    use.used());
        }

        private static @Nullable Long value(OptionalLong limit) {
            return limit.isPresent() ? limit.getAsLong() : null;
        }
    }

    /** All of them. */
    record QuotaList(List<QuotaView> items) {
        static QuotaList of(List<QuotaUse> uses) {
            return new QuotaList(uses.stream().map(QuotaView::of).toList());
        }
    }

    /**
     * The limits to set; what is null or missing is not limited any more.
     *
     * @param runningSessions sessions that run at a time
     * @param sessions sessions kept, running or not
     * @param profiles sandbox profiles
     * @param members members; at least 1
     * @param snapshotBuilds snapshot builds at a time; at least 1
     */
    record QuotaLimits(
            @Nullable Integer runningSessions,
            @Nullable Integer sessions,
            @Nullable Integer profiles,
            @Nullable Integer members,
            @Nullable Integer snapshotBuilds)
            implements SelfChecking {
        @Override
        public void check(String path, ValidationErrors errors) {
            check(path + "runningSessions", Quota.RUNNING_SESSIONS, runningSessions, errors);
            check(path + "sessions", Quota.SESSIONS, sessions, errors);
            check(path + "profiles", Quota.PROFILES, profiles, errors);
            check(path + "members", Quota.MEMBERS, members, errors);
            check(path + "snapshotBuilds", Quota.SNAPSHOT_BUILDS, snapshotBuilds, errors);
        }

        private static void check(String field, Quota quota, @Nullable Integer limit, ValidationErrors errors) {
            errors.check(
                    limit == null || (limit >= quota.least() && limit <= Quota.MOST),
                    field,
                    "out_of_range",
                    "it must be " + quota.least() + " to " + Quota.MOST);
        }

        Map<Quota, Long> byQuota() {
            Map<Quota, Long> limits = new EnumMap<>(Quota.class);
            put(limits, Quota.RUNNING_SESSIONS, runningSessions);
            put(limits, Quota.SESSIONS, sessions);
            put(limits, Quota.PROFILES, profiles);
            put(limits, Quota.MEMBERS, members);
            put(limits, Quota.SNAPSHOT_BUILDS, snapshotBuilds);
            return limits;
        }

        private static void put(Map<Quota, Long> limits, Quota quota, @Nullable Integer limit) {
            if (limit != null) {
                limits.put(quota, limit.longValue());
            }
        }
    }

    @GetMapping("/settings/quotas")
    @Requires(Permission.ORGANIZATION_SEE)
    @Operation(operationId = "getQuotas", summary = "What the organization may have, and how much of it is used")
    QuotaList quotas(Caller caller) {
        return QuotaList.of(quotas.of(caller));
    }

    @PutMapping("/settings/quotas")
    @Requires(Permission.QUOTAS_MANAGE)
    @Operation(
            operationId = "putQuotas",
            summary = "Set what the organization limits itself to; nothing that is there is ended")
    QuotaList put(Caller caller, @RequestBody QuotaLimits body) {
        return QuotaList.of(quotas.set(caller, body.byQuota()));
    }

    @GetMapping("/system/organizations")
    @Requires(Permission.SERVER_OPERATE)
    @Operation(operationId = "listAllOrganizations", summary = "Every organization of the server, newest first")
    Page<InstalledOrganization> organizations(
            @RequestParam(required = false) @Parameter(description = ListParameters.LIMIT) @Nullable Integer limit,
            @RequestParam(required = false) @Parameter(description = ListParameters.CURSOR) @Nullable String cursor) {
        return organizations.all(PageRequest.of(limit, cursor));
    }

    @GetMapping("/system/organizations/{organization}/quotas")
    @Requires(Permission.SERVER_OPERATE)
    @Operation(operationId = "getQuotasOfOrganization", summary = "What any organization may have, and what it uses")
    QuotaList quotasOf(@PathVariable @Parameter(description = ORGANIZATION) String organization) {
        return QuotaList.of(quotas.of(organization));
    }

    @PutMapping("/system/organizations/{organization}/quotas")
    @Requires(Permission.SERVER_OPERATE)
    @Operation(
            operationId = "putCeilingsOfOrganization",
            summary = "Set ceilings for an organization, above which its own admins cannot go")
    QuotaList putCeilings(
            Caller caller,
            @PathVariable @Parameter(description = ORGANIZATION) String organization,
            @RequestBody QuotaLimits body) {
        return QuotaList.of(quotas.setCeilings(caller, organization, body.byQuota()));
    }
}
