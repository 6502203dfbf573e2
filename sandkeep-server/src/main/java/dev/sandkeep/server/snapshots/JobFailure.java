package dev.sandkeep.server.snapshots;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Why a job ended without a snapshot.
 *
 * @param code one of DESIGN section 8
 * @param phase that failed; empty when none had begun
 * @param message names the thing and the cause, without secrets
 * @param exitCode of the command that failed, where one did
 * @param lastLines of that phase's output, at most 20
 * @param nextStep what to do about it
 */
public record JobFailure(
        String code,
        Optional<String> phase,
        String message,
        OptionalInt exitCode,
        List<String> lastLines,
        String nextStep) {
    public JobFailure {
        lastLines = List.copyOf(lastLines);
    }
}
