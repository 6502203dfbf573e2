package dev.sandkeep.spi.faults;

import dev.sandkeep.spi.ProviderException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which calls go wrong, and how; and a log of those that did.
 *
 * <p>A <em>fault point</em> is a named place that a call passes: {@code provider.start}, {@code volume.detach} and so on, one
 * for each method of the wrapped interfaces. A test may also {@linkplain #pass pass} points of its own. Calls are counted for
 * each point from 1, whether a fault was planned for them or not.
 *
 * <pre>{@code
 * FaultPlan faults = FaultPlan.none()
 *         .on("volume.detach", 1, Fault.LOSE_ANSWER)
 *         .on("provider.start", 2, Fault.HANG);
 * SandboxProvider provider = new FaultySandboxProvider(real, faults);
 * }</pre>
 *
 * In {@linkplain #random random mode} the seed, the point and the call's number alone decide, so that a run with the same
 * calls meets the same faults however its threads interleave. What was planned by name goes before chance.
 *
 * <p>Safe for concurrent use.
 */
public final class FaultPlan {
    private final Map<String, Integer> calls = new HashMap<>();
    private final Map<String, Map<Integer, Planned>> planned = new HashMap<>();
    private final Map<String, Planned> always = new HashMap<>();
    private final List<Fired> fired = new ArrayList<>();
    private final @Nullable Chance chance;
    private boolean silenced;
    private long releases;
    private int hanging;

    private FaultPlan(@Nullable Chance chance) {
        this.chance = chance;
    }

    /** A plan in which nothing goes wrong yet. */
    public static FaultPlan none() {
        return new FaultPlan(null);
    }

    /**
     * A plan that lets calls go wrong by chance.
     *
     * @param seed the same seed gives the same faults for the same calls
     * @param probability of a fault in one call, 0 to 1
     * @param faults to choose from; leave {@link Fault#HANG} out where nobody will release
     */
    public static FaultPlan random(long seed, double probability, Set<Fault> faults) {
        if (!(probability >= 0 && probability <= 1) || faults.isEmpty()) {
            throw new IllegalArgumentException(
                    "probability must be 0 to 1 and a fault be given, were " + probability + " and " + faults);
        }
        return new FaultPlan(
                new Chance(seed, probability, faults.stream().sorted().toList()));
    }

    /** Plans {@code fault} for the {@code call}th call, counted from 1, at {@code point}. */
    public FaultPlan on(String point, int call, Fault fault) {
        return on(point, call, fault, ProviderException.Kind.FAULT);
    }

    /**
     * As {@link #on(String, int, Fault)}.
     *
     * @param kind of the exception that {@link Fault#FAIL_BEFORE} and {@link Fault#FAIL_AFTER} throw
     */
    public synchronized FaultPlan on(String point, int call, Fault fault, ProviderException.Kind kind) {
        if (call < 1) {
            throw new IllegalArgumentException("calls are counted from 1, was " + call);
        }
        planned.computeIfAbsent(point, any -> new HashMap<>()).put(call, new Planned(fault, kind));
        return this;
    }

    /** Plans {@code fault} for the next call at {@code point}. */
    public synchronized FaultPlan onNext(String point, Fault fault, ProviderException.Kind kind) {
        return on(point, calls(point) + 1, fault, kind);
    }

    /** Plans {@code fault} for every call at {@code point} from now on, until {@link #heal}. */
    public synchronized FaultPlan onEvery(String point, Fault fault, ProviderException.Kind kind) {
        always.put(point, new Planned(fault, kind));
        return this;
    }

    /** From now on nothing at {@code point} goes wrong but what is planned for it afterwards. */
    public synchronized FaultPlan heal(String point) {
        always.remove(point);
        planned.remove(point);
        return this;
    }

    /** From now on nothing goes wrong anywhere, and what hangs goes on. */
    public synchronized void healAll() {
        silenced = true;
        release();
    }

    /** Lets every call that hangs now go on. Calls that hang later need another release. */
    public synchronized void release() {
        releases++;
        notifyAll();
    }

    /** How many calls have come to {@code point}. */
    public synchronized int calls(String point) {
        return calls.getOrDefault(point, 0);
    }

    /** What went wrong so far, in order. */
    public synchronized List<Fired> fired() {
        return List.copyOf(fired);
    }

    /**
     * Waits until a fault has fired at {@code point}, for example until a call hangs there.
     *
     * @throws AssertionError when {@code patience} passed first
     */
    public synchronized void awaitFired(String point, Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (fired.stream().noneMatch(it -> it.point().equals(point))) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw new AssertionError("no fault fired at " + point + " within " + patience + "; fired: " + fired);
            }
            wait(left / 1_000_000 + 1);
        }
    }

    /** How many calls hang at this moment. */
    public synchronized int hanging() {
        return hanging;
    }

    /** Passes {@code point} around {@code effect}: what the plan has for this call happens. */
    public <T> T pass(String point, Supplier<T> effect) {
        return pass(point, effect, first -> {});
    }

    /**
     * As {@link #pass(String, Supplier)}.
     *
     * @param discard gets an answer that the caller will never see
     */
    public <T> T pass(String point, Supplier<T> effect, Consumer<T> discard) {
        Optional<Fired> fault = next(point);
        if (fault.isEmpty()) {
            return effect.get();
        }
        Fired it = fault.get();
        return switch (it.fault()) {
            case FAIL_BEFORE -> throw it.exception(it.kind());
            case FAIL_AFTER -> {
                discard.accept(effect.get());
                throw it.exception(it.kind());
            }
            case LOSE_ANSWER -> {
                discard.accept(effect.get());
                throw it.exception(ProviderException.Kind.UNAVAILABLE);
            }
            case HANG -> {
                awaitRelease(it);
                yield effect.get();
            }
            case ANSWER_TWICE -> {
                discard.accept(effect.get());
                yield effect.get();
            }
        };
    }

    private synchronized Optional<Fired> next(String point) {
        int call = calls.merge(point, 1, Integer::sum);
        if (silenced) {
            return Optional.empty();
        }
        Planned plan = planned.getOrDefault(point, Map.of()).get(call);
        if (plan == null) {
            plan = always.get(point);
        }
        if (plan == null && chance != null) {
            plan = chance.decide(point, call);
        }
        if (plan == null) {
            return Optional.empty();
        }
        Fired it = new Fired(fired.size() + 1, point, call, plan.fault(), plan.kind());
        fired.add(it);
        notifyAll();
        return Optional.of(it);
    }

    private synchronized void awaitRelease(Fired it) {
        long before = releases;
        hanging++;
        try {
            while (releases == before && !silenced) {
                wait();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            ProviderException gaveUp = it.exception(ProviderException.Kind.UNAVAILABLE);
            gaveUp.addSuppressed(interrupted);
            throw gaveUp;
        } finally {
            hanging--;
        }
    }

    /**
     * A fault that happened.
     *
     * @param number 1 for the first of the plan
     * @param point where
     * @param call which call at that point, from 1
     * @param fault what
     * @param kind of the exception, where {@code fault} throws one of its own choice
     */
    public record Fired(int number, String point, int call, Fault fault, ProviderException.Kind kind) {
        private ProviderException exception(ProviderException.Kind thrown) {
            return new ProviderException(
                    thrown, "fault " + number + " was planned: " + fault + " in call " + call + " of " + point);
        }
    }

    private record Planned(Fault fault, ProviderException.Kind kind) {}

    private record Chance(long seed, double probability, List<Fault> faults) {
        @Nullable
        Planned decide(String point, int call) {
            Random dice = new Random(seed * 0x9E37_79B9_7F4A_7C15L + point.hashCode() * 31L + call);
            // Neighbouring seeds give nearly equal first draws; the second ones differ.
            dice.nextLong();
            if (dice.nextDouble() >= probability) {
                return null;
            }
            ProviderException.Kind kind =
                    dice.nextInt(4) == 0 ? ProviderException.Kind.FAULT : ProviderException.Kind.UNAVAILABLE;
            return new Planned(faults.get(dice.nextInt(faults.size())), kind);
        }
    }
}
