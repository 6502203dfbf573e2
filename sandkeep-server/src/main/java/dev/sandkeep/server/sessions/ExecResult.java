package dev.sandkeep.server.sessions;

/**
 * What a command that was run to its end said.
 *
 * @param exitCode 128 + signal number when a signal ended it
 * @param stdout text, decoded from UTF-8; what is not UTF-8 is replaced
 * @param stderr as {@code stdout}
 * @param stdoutTruncated whether it said more than is kept
 * @param stderrTruncated as {@code stdoutTruncated}
 * @param durationMs from its start to its end
 * @param timedOut whether it was ended because its time was up
 */
public record ExecResult(
        int exitCode,
        String stdout,
        String stderr,
        boolean stdoutTruncated,
        boolean stderrTruncated,
        long durationMs,
        boolean timedOut) {}
