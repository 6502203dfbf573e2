package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.profiles.Specification;
import dev.sandkeep.spi.ExecSpec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Writes the plan's files with one shell script that the compute reads from its input. Content travels as base64, so any text
 * goes through; owners are looked up inside, so names of the image work. A file appears under its name complete.
 */
final class WritePlanFiles {
    private static final Duration TIMEOUT = Duration.ofMinutes(5);
    private static final int ENCODED_LINE = 76;
    private static final String FUNCTION = """
            set -eu
            umask 022
            put_file() {
                mkdir -p -- "$(dirname -- "$1")"
                if [ -d "$1" ] && [ ! -L "$1" ]; then echo "$1 is a directory" >&2; exit 1; fi
                base64 -d > "$1.sandkeep-new" || { echo "cannot write $1" >&2; exit 1; }
                chown -- "$2" "$1.sandkeep-new" || { echo "cannot give $1 to $2" >&2; exit 1; }
                chmod -- "$3" "$1.sandkeep-new"
                mv -f -- "$1.sandkeep-new" "$1"
            }
            """;

    void run(Build build) throws InterruptedException {
        List<Specification.File> files = build.plan().files();
        if (files.isEmpty()) {
            build.log().system("The plan has no files");
            return;
        }
        build.log().system("Writing " + files.size() + (files.size() == 1 ? " file" : " files"));
        OptionalInt exitCode = build.shell()
                .run(
                        new ExecSpec(List.of("sh", "-s", "sandkeep-files"), Map.of(), "/"),
                        script(files),
                        TIMEOUT,
                        ProblemCode.PLAN_INVALID);
        if (exitCode.isEmpty()) {
            throw StepFailed.forGood(
                    ProblemCode.PLAN_INVALID, "The files were not written within " + TIMEOUT.toMinutes() + " minutes.");
        }
        if (exitCode.getAsInt() != 0) {
            List<String> last = build.log().lastLines();
            throw StepFailed.command(
                    ProblemCode.PLAN_INVALID,
                    "The files of the plan cannot be written: " + (last.isEmpty() ? "no reason given" : last.getLast()),
                    exitCode.getAsInt());
        }
    }

    private static String script(List<Specification.File> files) {
        Base64.Encoder encoder = Base64.getMimeEncoder(ENCODED_LINE, new byte[] {'\n'});
        StringBuilder script = new StringBuilder(FUNCTION);
        for (Specification.File file : files) {
            script.append("put_file ")
                    .append(quoted(file.path()))
                    .append(' ')
                    .append(quoted(file.owner()))
                    .append(' ')
                    .append(quoted(file.mode()))
                    .append(" <<'END'\n")
                    .append(encoder.encodeToString(file.content().getBytes(StandardCharsets.UTF_8)))
                    .append("\nEND\n");
        }
        return script.toString();
    }

    private static String quoted(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }
}
