package dev.sandkeep.server.accounts;

/** What strangers send, for a line of the log. */
final class LogSafe {
    private static final int LONGEST = 100;

    private LogSafe() {}

    static String of(String text) {
        String cut = text.length() > LONGEST ? text.substring(0, LONGEST) : text;
        // Links that let people in have their secret in the path.
        return cut.replaceAll("[^\\x21-\\x7e]|\"", "_").replaceFirst("^(/[a-z-]+/)[A-Za-z0-9_-]{40,}.*", "$1…");
    }
}
