package dev.sandkeep.e2e;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What must be on disk, as far as answers of the server allow to say so. A session's content is the set of numbers written. */
final class ChaosModel {
    /** A session as those who ask for it know it. */
    static final class Known {
        final String name;
        /** Numbers that a command was asked to write. */
        final Set<Integer> issued = new TreeSet<>();
        /** Those of them that it said it has written. */
        final Set<Integer> written = new TreeSet<>();
        /** Those that the server has said to be durable. */
        final Set<Integer> durable = new TreeSet<>();

        boolean created;
        boolean deletionAsked;

        Known(String name) {
            this.name = name;
        }

        int next() {
            int number = issued.size() + 1;
            issued.add(number);
            return number;
        }

        /** A stop was answered: whatever had been written before it was asked for is durable. */
        void stopped(Set<Integer> writtenBefore) {
            durable.addAll(writtenBefore);
        }

        /** What is wrong with this content; empty when nothing is. */
        List<String> complaints(List<Integer> log, Set<Integer> files) {
            List<String> wrong = new ArrayList<>();
            if (new HashSet<>(log).size() != log.size()) {
                wrong.add("numbers stand twice in " + log);
            }
            Set<Integer> missing = new TreeSet<>(durable);
            missing.removeAll(log);
            if (!missing.isEmpty()) {
                wrong.add("durable and not there: " + missing);
            }
            Set<Integer> foreign = new TreeSet<>(log);
            foreign.removeAll(issued);
            if (!foreign.isEmpty()) {
                wrong.add("never asked for: " + foreign);
            }
            Set<Integer> incomplete = new TreeSet<>(log);
            incomplete.removeAll(files);
            if (!incomplete.isEmpty()) {
                wrong.add("in the log, and the file is not whole: " + incomplete);
            }
            return wrong;
        }
    }

    private final TreeMap<String, Known> sessions = new TreeMap<>();

    Known add(String name) {
        Known known = new Known(name);
        sessions.put(name, known);
        return known;
    }

    List<Known> alive() {
        return sessions.values().stream()
                .filter(it -> it.created && !it.deletionAsked)
                .toList();
    }

    /** All that may exist, whatever was asked for. */
    List<Known> all() {
        return List.copyOf(sessions.values());
    }

    int count() {
        return sessions.size();
    }
}
