package dev.sandkeep.e2e;

import dev.sandkeep.cli.client.Json;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/** What a {@link ChaosRun} did, for people and programs. */
final class ChaosCounts {
    private static final int TRACE = 80;

    private final Map<String, Integer> operations = new TreeMap<>();
    private final Map<String, Integer> faults = new TreeMap<>();
    private final Map<String, Integer> seen = new TreeMap<>();
    private final Deque<String> trace = new ArrayDeque<>();
    private int step;

    synchronized void step() {
        step++;
    }

    synchronized void operation(String what) {
        operations.merge(what, 1, Integer::sum);
    }

    synchronized void fault(String what) {
        faults.merge(what, 1, Integer::sum);
    }

    /** What the server's own log of events says has happened. */
    synchronized void seen(String what, int times) {
        seen.put(what, times);
    }

    synchronized void note(String what) {
        trace.addLast(step + " " + what);
        if (trace.size() > TRACE) {
            trace.removeFirst();
        }
    }

    /** The newest of what was done, one on a line. */
    synchronized String trace() {
        return String.join("\n", trace);
    }

    synchronized ObjectNode json() {
        ObjectNode summary = Json.object().put("steps", step);
        put(summary.putObject("operations"), operations);
        summary.put(
                "faultsTogether", faults.values().stream().mapToInt(it -> it).sum());
        put(summary.putObject("faults"), faults);
        put(summary.putObject("happened"), seen);
        return summary;
    }

    private static void put(ObjectNode target, Map<String, Integer> counts) {
        counts.forEach(target::put);
    }
}
