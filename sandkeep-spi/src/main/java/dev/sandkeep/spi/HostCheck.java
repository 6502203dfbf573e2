package dev.sandkeep.spi;

import java.util.List;

/**
 * One thing {@code sandkeep doctor} looked at.
 *
 * @param id stable, dotted: {@code linux.runtime}
 * @param result what was found, in three grades
 * @param detail the finding in one line
 * @param remedy what to do; empty when there is nothing to do
 * @param packages Debian packages whose installation is the remedy; empty otherwise
 */
public record HostCheck(String id, Result result, String detail, String remedy, List<String> packages) {
    public HostCheck {
        packages = List.copyOf(packages);
    }

    /** How a check ended. */
    public enum Result {
        /** As it should be. */
        OK,
        /** Works, but something is weaker or slower than it could be. */
        WARNING,
        /** Sandboxes cannot run until it is mended. */
        FAILED
    }

    /** A check that found all well. */
    public static HostCheck ok(String id, String detail) {
        return new HostCheck(id, Result.OK, detail, "", List.of());
    }

    /** A check that found something weaker than it could be. */
    public static HostCheck warning(String id, String detail, String remedy) {
        return new HostCheck(id, Result.WARNING, detail, remedy, List.of());
    }

    /** A check that found something that must be mended by hand. */
    public static HostCheck failed(String id, String detail, String remedy) {
        return new HostCheck(id, Result.FAILED, detail, remedy, List.of());
    }

    /** A check that found a program missing which Debian packages bring. */
    public static HostCheck missing(String id, String detail, List<String> packages) {
        return new HostCheck(
                id,
                Result.FAILED,
                detail,
                "apt-get install --no-install-recommends " + String.join(" ", packages),
                packages);
    }
}
