package dev.sandkeep.server.organizations;

import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.jobs.Jobs;
import dev.sandkeep.server.platform.security.Caller;
import java.time.Clock;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Ends what runs of deleted organizations, and removes what they kept when their grace period is over. It looks again and again until
 * nothing is left: a request that was under way when the organization was deleted may have begun something since.
 */
@Component
public class OrganizationRemoval {
    private static final Logger LOG = LoggerFactory.getLogger(OrganizationRemoval.class);
    private static final String TASK = "organization-removal-";

    private final DeletionStore store;
    private final ObjectProvider<OrganizationPart> parts;
    private final EventLog events;
    private final TransactionTemplate transactions;
    private final Jobs jobs;
    private final DataDirectory data;
    private final Clock clock;

    OrganizationRemoval(
            DeletionStore store,
            ObjectProvider<OrganizationPart> parts,
            EventLog events,
            TransactionTemplate transactions,
            Jobs jobs,
            DataDirectory data,
            Clock clock) {
        this.store = store;
        this.parts = parts;
        this.events = events;
        this.transactions = transactions;
        this.jobs = jobs;
        this.data = data;
        this.clock = clock;
    }

    /** Only servers of the data directory know the task, so only they run it, one at a time. */
    static String taskName(DataDirectory data) {
        return TASK + data.installation();
    }

    /** Lets a server of this data directory look at once, and not at the next turn. */
    void soon() {
        jobs.enqueueOrMove(new TaskInstance<>(taskName(data), RecurringTask.INSTANCE), clock.instant());
    }

    /** Looks once. */
    public void run() {
        store.going().forEach(organization -> each(organization, "halt", part -> part.halt(organization)));
        store.beginPurge().forEach(this::purge);
    }

    private void purge(String organization) {
        if (!each(organization, "remove", part -> part.remove(organization))
                || !parts.stream().allMatch(part -> part.gone(organization))) {
            return;
        }
        transactions.executeWithoutResult(status -> {
            if (store.purged(organization)) {
                Change change =
                        Change.of("organization", organization, "purged").detail("nothing that it kept is left");
                events.append(Caller.system(organization), change);
            }
        });
        LOG.info("event=organization_purged organization={}", organization);
    }

    /** What fails with one of them is tried again, and keeps the others from nothing. */
    private boolean each(String organization, String what, Consumer<OrganizationPart> action) {
        boolean done = true;
        List<OrganizationPart> all = parts.orderedStream().toList();
        for (OrganizationPart part : all) {
            try {
                action.accept(part);
            } catch (RuntimeException later) {
                LOG.warn(
                        "event=organization_{}_failed organization={} cause=\"{}\"",
                        what,
                        organization,
                        later.getMessage(),
                        later);
                done = false;
            }
        }
        return done;
    }
}
