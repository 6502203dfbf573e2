package dev.sandkeep.server.organizations;

import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.jobs.RepeatableRequests;
import dev.sandkeep.server.platform.security.ApiKeys;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Credential;
import dev.sandkeep.server.platform.security.NewKey;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Scope;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import java.time.Clock;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * API keys as people and programs look after them. A key makes no key that could do more, or live longer, than itself: who finds
 * one cannot turn it into something better.
 */
@Component
public final class Keys {
    private final KeyStore store;
    private final ApiKeys keys;
    private final People people;
    private final EventLog events;
    private final RepeatableRequests requests;
    private final TransactionTemplate transactions;
    private final Clock clock;

    Keys(
            KeyStore store,
            ApiKeys keys,
            People people,
            EventLog events,
            RepeatableRequests requests,
            TransactionTemplate transactions,
            Clock clock) {
        this.store = store;
        this.keys = keys;
        this.people = people;
        this.events = events;
        this.requests = requests;
        this.transactions = transactions;
        this.clock = clock;
    }

    /** Keys that were not revoked, newest first: everybody's for those who may see them, else the caller's own. */
    public Page<ApiKey> list(Caller caller, PageRequest page) {
        Optional<String> owner =
                caller.may(Permission.KEYS_OF_OTHERS_SEE) ? Optional.empty() : Optional.of(caller.actor());
        return Page.of(store.list(caller.organizationId(), owner, page.after(), page.fetch()), page, ApiKey::id);
    }

    /** Makes a key of the caller's own. */
    public CreatedKey create(Caller caller, @Nullable String idempotencyKey, WantedKey wanted) {
        return create(caller, idempotencyKey, caller.actor(), wanted);
    }

    /** Makes a key of somebody's; who may ask for that is for the caller of this method to check. */
    CreatedKey create(Caller caller, @Nullable String idempotencyKey, String owner, WantedKey wanted) {
        Optional<Instant> expiry = wanted.lifetime().map(clock.instant()::plus);
        checkWithin(caller.credential().orElseThrow(), wanted.scopes(), expiry);
        AtomicReference<@Nullable String> text = new AtomicReference<>();
        String id = requests.once(caller, idempotencyKey, "POST /api-keys of " + owner, wanted.fingerprint(), () -> {
            people.lock(caller);
            String made = ApiKeys.newKey();
            text.set(made);
            return store(
                    caller,
                    new NewKey(
                            caller.organizationId(),
                            owner,
                            Ids.Kind.SERVICE_ACCOUNT.matches(owner),
                            wanted.name(),
                            wanted.scopes(),
                            expiry,
                            caller.actor()),
                    made);
        });
        ApiKey key = store.find(caller.organizationId(), id)
                .orElseThrow(() -> SandkeepException.notFound("API key", id))
                .key();
        return new CreatedKey(key, Optional.ofNullable(text.get()));
    }

    /** Stores a key and tells of it, in the present transaction. */
    String store(Caller caller, NewKey key, String text) {
        String id = keys.store(key, text).orElseThrow();
        events.append(
                caller,
                Change.of("api_key", id, "created")
                        .detail(key.name() + ": " + String.join(", ", Scope.texts(key.scopes())))
                        .alsoAbout(key.owner()));
        return id;
    }

    /** Ends a key, at once on this server and within some seconds on others. */
    public void revoke(Caller caller, String id) {
        transactions.executeWithoutResult(status -> {
            KeyStore.Owned found = store.find(caller.organizationId(), id)
                    .filter(it ->
                            it.key().owner().equals(caller.actor()) || caller.may(Permission.KEYS_OF_OTHERS_REVOKE))
                    .orElseThrow(() -> SandkeepException.notFound("API key", id));
            if (!found.key().owner().equals(caller.actor())) {
                Members.mayTouch(caller, found.ownerRole());
            }
            store.revoke(id);
            events.append(
                    caller,
                    Change.of("api_key", id, "revoked")
                            .detail(found.key().name())
                            .alsoAbout(found.key().owner()));
        });
        keys.forget();
    }

    private static void checkWithin(Credential held, Set<Scope> scopes, Optional<Instant> expiry) {
        Set<Scope> missing = EnumSet.noneOf(Scope.class);
        scopes.stream().filter(scope -> !scope.isIn(held.scopes())).forEach(missing::add);
        if (!missing.isEmpty()) {
            throw new SandkeepException(
                    ProblemCode.KEY_EXCEEDS_CALLER,
                    "The calling key has no scope " + Scope.texts(missing) + " to pass on.");
        }
        Optional<Instant> ownEnd = held.expiresAt();
        if (ownEnd.isPresent() && (expiry.isEmpty() || expiry.get().isAfter(ownEnd.get()))) {
            throw new SandkeepException(
                    ProblemCode.KEY_EXCEEDS_CALLER,
                    "The calling key expires at " + ownEnd.get() + ", and makes none that lives longer.");
        }
    }
}
