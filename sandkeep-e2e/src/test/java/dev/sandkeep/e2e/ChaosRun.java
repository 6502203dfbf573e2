package dev.sandkeep.e2e;

import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.e2e.ChaosFaults.Breakage;
import dev.sandkeep.e2e.ChaosModel.Known;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A random run of what people do with sessions, while things break, against a {@link ChaosModel}. The seed decides the operations,
 * the faults and the moments at which they come; how the machine's own timing lets them meet is the machine's.
 */
final class ChaosRun {
    /** Profiles of the sessions: one whose compute lives long, and one whose compute expires and is checkpointed all the time. */
    static final List<String> PROFILES = List.of("long", "short");

    private static final int MOST_SESSIONS = 5;
    private static final int FAULT_IN = 2;
    private static final Duration LONGEST_REQUEST = Duration.ofMinutes(6);

    /** Each as often as it is drawn. */
    private static final List<Breakage> BREAKAGES = List.of(
            Breakage.KILL_SERVER,
            Breakage.KILL_COMPUTE,
            Breakage.KILL_COMPUTE,
            Breakage.KILL_RUNTIME,
            Breakage.KILL_RUNTIME,
            Breakage.KILL_RUNTIME,
            Breakage.RESTART_DATABASE,
            Breakage.KILL_DATABASE,
            Breakage.FILL_DISK,
            Breakage.JUMP,
            Breakage.CALL,
            Breakage.CALL,
            Breakage.CALL,
            Breakage.CALL,
            Breakage.CALL,
            Breakage.CALL,
            Breakage.CALL);

    private final ChaosOperations operations;
    private final ChaosFaults faults;
    private final ChaosModel model;
    private final ChaosCounts counts;
    private final Random random;

    ChaosRun(ChaosOperations operations, ChaosFaults faults, ChaosModel model, ChaosCounts counts, long seed) {
        this.operations = operations;
        this.faults = faults;
        this.model = model;
        this.counts = counts;
        this.random = new Random(seed);
    }

    /** What an operation is. */
    private enum Operation {
        CREATE(3),
        WRITE(9),
        READ(3),
        STOP(4),
        RESUME(4),
        CHECKPOINT(3),
        ROLLBACK(3),
        FORK(2),
        CARRY(1),
        EXPIRE(2),
        DELETE(2),
        RESTORE(2),
        RACE(3),
        REFRESH(1);

        private final int weight;

        Operation(int weight) {
            this.weight = weight;
        }

        private boolean makesSession() {
            return this == CREATE || this == FORK || this == CARRY;
        }
    }

    void run(Duration time) throws Exception {
        long until = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < until) {
            counts.step();
            Operation operation = next();
            Optional<Breakage> breakage = random.nextInt(FAULT_IN) == 0
                    ? Optional.of(BREAKAGES.get(random.nextInt(BREAKAGES.size())))
                    : Optional.empty();
            // Drawn whether they are used or not: so a step takes the same numbers whatever comes of it.
            int millis = random.nextInt(400);
            int choice = random.nextInt(1 << 20);
            perform(operation, breakage, millis, choice);
        }
    }

    private Operation next() {
        int sum = Arrays.stream(Operation.values()).mapToInt(it -> it.weight).sum();
        int at = random.nextInt(sum);
        for (Operation operation : Operation.values()) {
            at -= operation.weight;
            if (at < 0) {
                return operation;
            }
        }
        throw new IllegalStateException();
    }

    private void perform(Operation drawn, Optional<Breakage> breakage, int millis, int choice) throws Exception {
        List<Known> alive = model.alive();
        List<Known> candidates = drawn == Operation.RESTORE ? model.deleted() : alive;
        Operation operation = candidates.isEmpty() ? Operation.CREATE : drawn;
        if (operation.makesSession() && alive.size() >= MOST_SESSIONS) {
            operation = Operation.DELETE;
        }
        Known one = candidates.isEmpty() ? null : candidates.get(choice % candidates.size());
        counts.operation(operation.name().toLowerCase(Locale.ROOT));
        counts.note(operation
                + (one == null ? "" : " " + one.name)
                + breakage.map(it -> " with " + it + " after " + millis + " ms").orElse(""));
        if (breakage.equals(Optional.of(Breakage.CALL))) {
            faults.planCall(choice);
        }
        List<FutureTask<Boolean>> running = begin(operation, one, choice);
        if (breakage.isPresent() && breakage.get() != Breakage.CALL) {
            // The moment is drawn, and there is nothing to wait for.
            Thread.sleep(millis);
            faults.breakIt(breakage.get(), one, choice, () -> running.stream().allMatch(FutureTask::isDone));
        }
        for (FutureTask<Boolean> request : running) {
            await(request);
        }
    }

    private List<FutureTask<Boolean>> begin(Operation operation, @Nullable Known one, int choice) {
        String profile = PROFILES.get(choice % PROFILES.size());
        List<Callable<Boolean>> requests = new ArrayList<>();
        if (operation == Operation.CREATE) {
            requests.add(() -> operations.create(profile));
        } else {
            Known known = Objects.requireNonNull(one);
            switch (operation) {
                case WRITE -> requests.add(() -> operations.write(known));
                case READ -> requests.add(() -> operations.read(known));
                case STOP -> requests.add(() -> operations.stop(known));
                case RESUME -> requests.add(() -> operations.resume(known));
                case CHECKPOINT -> requests.add(() -> operations.checkpoint(known));
                case ROLLBACK -> requests.add(() -> operations.rollback(known, choice / 7));
                case FORK -> requests.add(() -> operations.fork(known, choice / 7));
                case CARRY -> requests.add(() -> operations.carry(known, profile));
                case EXPIRE -> requests.add(() -> operations.expire(known));
                case DELETE -> requests.add(() -> operations.delete(known, choice % 4 == 0));
                case RESTORE -> requests.add(() -> operations.restore(known));
                case REFRESH -> requests.add(() -> operations.refresh(profile));
                case RACE -> {
                    requests.add(() -> choice % 2 == 0 ? operations.stop(known) : operations.resume(known));
                    requests.add(other(known, choice / 7));
                }
                case CREATE -> throw new IllegalArgumentException();
            }
        }
        return requests.stream().map(this::begun).toList();
    }

    /** What comes at the same moment as a stop or a resume. */
    private Callable<Boolean> other(Known known, int choice) {
        return switch (choice % 5) {
            case 0 -> () -> operations.stop(known);
            case 1 -> () -> operations.resume(known);
            case 2 -> () -> operations.checkpoint(known);
            case 3 -> () -> operations.fork(known, choice / 5);
            default -> () -> operations.delete(known, choice % 2 == 0);
        };
    }

    private FutureTask<Boolean> begun(Callable<Boolean> request) {
        FutureTask<Boolean> task = new FutureTask<>(() -> {
            try {
                return request.call();
            } catch (Failure unknown) {
                // Refused, cut off or failed: the model knows no more than before.
                counts.note("   " + unknown.getMessage());
                return false;
            }
        });
        Thread.ofVirtual().start(task);
        return task;
    }

    private void await(FutureTask<Boolean> request) throws Exception {
        try {
            if (!request.get(LONGEST_REQUEST.toSeconds(), TimeUnit.SECONDS)) {
                counts.operation("without an answer, or refused");
            }
        } catch (TimeoutException e) {
            throw new AssertionError("a request has no answer for " + LONGEST_REQUEST, e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AssertionError wrong) {
                throw wrong;
            }
            throw e;
        }
    }
}
