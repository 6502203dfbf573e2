package dev.sandkeep.server.organizations;

import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.organizations.QuotaStore.Setter;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Caller;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.Function;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * How much organizations may have. Admins limit their own organization; the operators of the server set a ceiling for any, above
 * which nobody else gets. Nothing that is there is ended by a limit: nothing more is begun.
 */
@Component
public final class Quotas {
    private final QuotaStore store;
    private final JdbcClient jdbc;
    private final EventLog events;
    private final TransactionTemplate transactions;

    Quotas(QuotaStore store, JdbcClient jdbc, EventLog events, TransactionTemplate transactions) {
        this.store = store;
        this.jdbc = jdbc;
        this.events = events;
        this.transactions = transactions;
    }

    /** Every quota of the caller's organization. */
    public List<QuotaUse> of(Caller caller) {
        return store.of(caller.organizationId());
    }

    /** Every quota of an organization, for whoever operates the server. */
    public List<QuotaUse> of(String organizationId) {
        requireOrganization(organizationId);
        return store.of(organizationId);
    }

    /** Sets what the caller's organization limits itself to; a quota that is missing is not limited by it any more. */
    public List<QuotaUse> set(Caller caller, Map<Quota, Long> limits) {
        return Objects.requireNonNull(transactions.execute(status -> {
            change(caller.organizationId(), Setter.ORGANIZATION, limits, QuotaUse::own)
                    .forEach(change -> events.append(caller, change));
            return store.of(caller.organizationId());
        }));
    }

    /** Sets what the operators of the server limit an organization to; a quota that is missing is not limited by them any more. */
    public List<QuotaUse> setCeilings(Caller operator, String organizationId, Map<Quota, Long> limits) {
        return Objects.requireNonNull(transactions.execute(status -> {
            requireOrganization(organizationId);
            for (Change change : change(organizationId, Setter.OPERATOR, limits, QuotaUse::ceiling)) {
                events.append(operator, change);
                if (!operator.organizationId().equals(organizationId)) {
                    // Who it was, of another organization, is told in that one's log only.
                    events.append(Caller.system(organizationId), change);
                }
            }
            return store.of(organizationId);
        }));
    }

    private List<Change> change(
            String organization, Setter setter, Map<Quota, Long> limits, Function<QuotaUse, OptionalLong> before) {
        return store.of(organization).stream()
                .filter(use -> !before.apply(use).equals(wanted(limits, use.quota())))
                .map(use -> {
                    store.set(organization, use.quota(), setter, wanted(limits, use.quota()));
                    return Change.of(
                                    "organization",
                                    organization,
                                    setter == Setter.OPERATOR ? "quota_ceiling_set" : "quota_set")
                            .from(text(before.apply(use)))
                            .to(text(wanted(limits, use.quota())))
                            .detail(use.quota().text());
                })
                .toList();
    }

    private static OptionalLong wanted(Map<Quota, Long> limits, Quota quota) {
        Long limit = limits.get(quota);
        return limit == null ? OptionalLong.empty() : OptionalLong.of(limit);
    }

    private static String text(OptionalLong limit) {
        return limit.isPresent() ? Long.toString(limit.getAsLong()) : "no limit";
    }

    private void requireOrganization(String id) {
        boolean there = jdbc.sql("select exists (select 1 from organizations where id = :id and purged_at is null)")
                .param("id", id)
                .query(Boolean.class)
                .single();
        if (!there) {
            throw SandkeepException.notFound("organization", id);
        }
    }
}
