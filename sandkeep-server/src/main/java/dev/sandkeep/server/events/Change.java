package dev.sandkeep.server.events;

import java.util.List;
import java.util.Optional;

/**
 * A change to be logged: {@code Change.of("session", id, "stopped").from("running").to("stopped").code("user")}.
 *
 * @param alsoAbout ids of further things with whose events it is shown: a sandbox's change belongs to its session too
 */
public record Change(
        String subjectType,
        String subjectId,
        String action,
        Optional<String> from,
        Optional<String> to,
        Optional<String> code,
        String detail,
        List<String> alsoAbout) {

    public Change {
        alsoAbout = List.copyOf(alsoAbout);
    }

    /** That {@code action} was done to a thing. */
    public static Change of(String subjectType, String subjectId, String action) {
        return new Change(
                subjectType, subjectId, action, Optional.empty(), Optional.empty(), Optional.empty(), "", List.of());
    }

    /** The state before. */
    public Change from(String state) {
        return new Change(subjectType, subjectId, action, Optional.of(state), to, code, detail, alsoAbout);
    }

    /** The state after. */
    public Change to(String state) {
        return new Change(subjectType, subjectId, action, from, Optional.of(state), code, detail, alsoAbout);
    }

    /** Why, as a code. */
    public Change code(String why) {
        return new Change(subjectType, subjectId, action, from, to, Optional.of(why), detail, alsoAbout);
    }

    /** For people, without secrets. */
    public Change detail(String text) {
        return new Change(subjectType, subjectId, action, from, to, code, text, alsoAbout);
    }

    /** Shows it with the events of these things too. */
    public Change alsoAbout(String... ids) {
        return new Change(subjectType, subjectId, action, from, to, code, detail, List.of(ids));
    }
}
