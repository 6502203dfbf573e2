package dev.sandkeep.server.platform.telemetry;

import java.util.List;

/**
 * What distinguishes the series of a metric.
 *
 * @param values all that there are; empty when the code that counts names them
 * @param meaning of an open set of values, for people; empty when the values say it
 */
public record Label(String name, List<String> values, String meaning) {
    public Label {
        values = List.copyOf(values);
    }

    /** One with these values and no others. */
    static Label of(String name, String... values) {
        return new Label(name, List.of(values), "");
    }

    /** One whose values are not listed here; they must be few and known to the code. */
    static Label open(String name, String meaning) {
        return new Label(name, List.of(), meaning);
    }

    /** Whether all values are known before anything happened. */
    boolean closed() {
        return !values.isEmpty();
    }

    /** A value that may be shown: one that the list does not have is not let in. */
    String checked(String value) {
        return !closed() || values.contains(value) ? value : "other";
    }
}
