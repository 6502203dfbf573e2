package dev.sandkeep.server.findings;

import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.telemetry.Metric;
import dev.sandkeep.server.platform.telemetry.Metrics;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** The ledger of what was found to differ, and what was done. Everything in it is of this data directory. */
@Component
public class Findings {
    private final FindingStore store;
    private final TransactionTemplate transactions;
    private final DataDirectory data;
    private final Metrics metrics;

    Findings(FindingStore store, TransactionTemplate transactions, DataDirectory data, Metrics metrics) {
        this.metrics = metrics;
        this.store = store;
        this.transactions = transactions;
        this.data = data;
    }

    /**
     * Notes what a look saw. What it saw no more has ended, but only of the kinds that could be asked for: what cannot be asked is
     * not gone.
     *
     * @param asked kinds that were looked for, with an answer
     */
    public void seen(Collection<Difference> differences, Collection<String> asked) {
        String look = UUID.randomUUID().toString();
        transactions.executeWithoutResult(status -> {
            differences.forEach(difference -> store.seen(data.installation(), look, difference));
            store.vanished(data.installation(), look, asked);
        });
    }

    /** Notes what was done about a difference, whether a look had seen it or not. */
    public void ended(Difference difference, FindingState state, String action, OptionalLong bytes) {
        transactions.executeWithoutResult(status -> {
            if (store.end(data.installation(), difference.kind(), difference.name(), state, action, bytes) == 0) {
                store.insertEnded(data.installation(), difference, state, action, bytes);
            }
        });
        metrics.count(Metric.FINDINGS, difference.kind(), state.text());
    }

    /** All that are not ended, oldest first. */
    public List<Finding> open() {
        return store.open(data.installation());
    }

    /** Newest first; all of them when no states are given. */
    public Page<Finding> list(Collection<FindingState> states, PageRequest page) {
        return Page.of(store.list(data.installation(), states, page), page, Finding::id);
    }
}
