package dev.sandkeep.e2e;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What must be on disk, as far as answers of the server allow to say so. A session's content is the set of numbers written. Where an
 * answer is missing, more than one {@link World} may be the case, until something is read.
 */
final class ChaosModel {
    /** One way in which the content of a session may stand. */
    record World(Set<Integer> possible, Set<Integer> written, Set<Integer> durable) {
        static World empty() {
            return new World(new TreeSet<>(), new TreeSet<>(), new TreeSet<>());
        }

        /** What is there when all that is not known to be durable may be gone. */
        World kept() {
            return new World(new TreeSet<>(possible), new TreeSet<>(durable), new TreeSet<>(durable));
        }

        private List<String> complaints(Set<Integer> log) {
            List<String> wrong = new ArrayList<>();
            Set<Integer> missing = new TreeSet<>(durable);
            missing.removeAll(log);
            if (!missing.isEmpty()) {
                wrong.add("durable and not there: " + missing);
            }
            Set<Integer> foreign = new TreeSet<>(log);
            foreign.removeAll(possible);
            if (!foreign.isEmpty()) {
                wrong.add("cannot be there: " + foreign);
            }
            return wrong;
        }
    }

    /** A session as those who ask for it know it. */
    static final class Known {
        final String name;
        private final Map<String, List<World>> checkpoints = new TreeMap<>();
        private List<World> worlds;
        private int issued;

        /** Whether it was said to run, for the first time. */
        volatile boolean created;

        volatile boolean deletionAsked;
        /** Until when, by the server's clock, its deletion can be undone for sure. */
        volatile Instant restorableUntil = Instant.MIN;

        private Known(String name, List<World> worlds) {
            this.name = name;
            this.worlds = worlds;
            this.issued = worlds.stream()
                    .flatMap(it -> it.possible().stream())
                    .mapToInt(it -> it)
                    .max()
                    .orElse(0);
        }

        /** A number that a command is asked to write. */
        synchronized int next() {
            int number = ++issued;
            worlds.forEach(world -> world.possible().add(number));
            return number;
        }

        /** A command said that it has written it. */
        synchronized void wrote(int number) {
            worlds.forEach(world -> world.written().add(number));
        }

        /** What is written in each world now, to become durable when something that is asked for then is answered. */
        synchronized IdentityHashMap<World, Set<Integer>> written() {
            IdentityHashMap<World, Set<Integer>> written = new IdentityHashMap<>();
            worlds.forEach(world -> written.put(world, new TreeSet<>(world.written())));
            return written;
        }

        /** All that was written then is durable. */
        synchronized void durable(IdentityHashMap<World, Set<Integer>> then) {
            worlds.forEach(world -> world.durable().addAll(then.getOrDefault(world, Set.of())));
        }

        /** There is a checkpoint of that name, with all that is durable. */
        synchronized void checkpoint(String id) {
            checkpoints.putIfAbsent(id, kept());
        }

        /** One of the checkpoints that were told of. */
        synchronized Optional<String> anyCheckpoint(int choice) {
            return checkpoints.isEmpty()
                    ? Optional.empty()
                    : Optional.of(List.copyOf(checkpoints.keySet()).get(choice % checkpoints.size()));
        }

        /** A rollback was answered. */
        synchronized void rolledBack(String checkpoint) {
            worlds = copy(checkpoints.getOrDefault(checkpoint, List.of()));
        }

        /** A rollback was asked for, and whether it happens is not known. */
        synchronized void perhapsRolledBack(String checkpoint) {
            Set<World> all = new HashSet<>(worlds);
            for (World world : copy(checkpoints.getOrDefault(checkpoint, List.of()))) {
                if (all.add(world)) {
                    worlds.add(world);
                }
            }
        }

        /** What something that begins with this one's content may hold. */
        synchronized List<World> beginning(Optional<String> checkpoint) {
            return checkpoint
                    .map(id -> copy(checkpoints.getOrDefault(id, List.of())))
                    .orElseGet(this::kept);
        }

        /** Whether anything must be there. */
        synchronized boolean holdsSomething() {
            return worlds.stream().noneMatch(world -> world.durable().isEmpty());
        }

        /** What is wrong with this content; empty when nothing is. Worlds that it rules out are forgotten. */
        synchronized List<String> complaints(List<Integer> log, Set<Integer> files) {
            List<String> wrong = new ArrayList<>();
            Set<Integer> numbers = new TreeSet<>(log);
            if (numbers.size() != log.size()) {
                wrong.add("numbers stand twice in " + log);
            }
            Set<Integer> incomplete = new TreeSet<>(numbers);
            incomplete.removeAll(files);
            if (!incomplete.isEmpty()) {
                wrong.add("in the log, and the file is not whole: " + incomplete);
            }
            List<World> left = new ArrayList<>();
            for (World world : worlds) {
                List<String> complaints = world.complaints(numbers);
                if (complaints.isEmpty()) {
                    left.add(world);
                } else {
                    wrong.add(String.join(", ", complaints));
                }
            }
            if (!left.isEmpty()) {
                wrong.removeIf(it -> it.startsWith("durable") || it.startsWith("cannot"));
                worlds = left;
            }
            return wrong;
        }

        @Override
        public synchronized String toString() {
            return name + " " + worlds;
        }

        private List<World> kept() {
            return copy(worlds);
        }

        private static List<World> copy(List<World> worlds) {
            return new ArrayList<>(worlds.stream().map(World::kept).toList());
        }
    }

    private final TreeMap<String, Known> sessions = new TreeMap<>();

    /** A session that is about to be asked for. */
    synchronized Known add() {
        return add(new ArrayList<>(List.of(World.empty())));
    }

    /** One that begins with what another one holds. */
    synchronized Known add(List<World> beginning) {
        Known known = new Known("run-%04d".formatted(sessions.size() + 1), beginning);
        sessions.put(known.name, known);
        return known;
    }

    /** Those that are there and nobody wants to be gone. */
    synchronized List<Known> alive() {
        return sessions.values().stream()
                .filter(it -> it.created && !it.deletionAsked)
                .toList();
    }

    /** Those whose deletion was asked for. */
    synchronized List<Known> deleted() {
        return sessions.values().stream().filter(it -> it.deletionAsked).toList();
    }

    synchronized List<Known> all() {
        return List.copyOf(sessions.values());
    }
}
