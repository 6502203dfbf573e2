package dev.sandkeep.cli;

import dev.sandkeep.cli.client.ApiProblem;
import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.client.SpecFile;
import dev.sandkeep.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Scanner;
import tools.jackson.databind.JsonNode;

/** Lets a person change a draft in their editor until the server takes it. */
final class DraftEditor {
    private final SandkeepClient client;
    private final Sandkeep root;
    private final String profile;

    DraftEditor(SandkeepClient client, Sandkeep root, String profile) {
        this.client = client;
        this.root = root;
        this.profile = profile;
    }

    /**
     * Edits and stores.
     *
     * @return the draft as it is afterwards
     * @throws Failure when nothing was changed, or the person gave up; the file with their text then stays
     */
    JsonNode edit() {
        JsonNode found = client.get(Route.of("profiles", profile));
        JsonNode draft = found.path("draft");
        String before = "# The draft of profile " + profile + ". Save and leave the editor to store it.\n"
                + Json.yaml(startingPoint(found));
        Path file = write(before);
        while (true) {
            openEditor(file);
            String after = read(file);
            if (after.equals(before)) {
                delete(file);
                throw new Failure("nothing was changed; the draft of " + profile + " is as it was", "");
            }
            try {
                JsonNode stored = store(SpecFile.of(Json.parseYaml(after, file.toString())), draft);
                delete(file);
                return stored;
            } catch (Failure mistake) {
                root.report().failure(mistake);
                boolean canBeCorrected =
                        !(mistake instanceof ApiProblem problem) || problem.status() == 422 || problem.status() == 400;
                if (!canBeCorrected || !wantsToGoOn()) {
                    throw new Failure(
                            "the draft of " + profile + " is as it was; your text is kept in " + file,
                            "correct it, then: sandkeep profile edit " + profile + " -f " + file);
                }
            }
        }
    }

    private JsonNode startingPoint(JsonNode found) {
        if (found.path("draft").isObject()) {
            return found.path("draft").path("spec");
        }
        String latest = found.path("latestVersion").asString("");
        return latest.isEmpty()
                ? Json.object()
                : client.get(Route.of("profiles", profile, "versions", latest)).path("spec");
    }

    private JsonNode store(SpecFile file, JsonNode draft) {
        Route route = Route.of("profiles", profile, "draft");
        return draft.isObject()
                ? client.putIfMatch(route, file.spec(), draft.path("revision").asString())
                : client.put(route, file.spec());
    }

    private void openEditor(Path file) {
        Map<String, String> environment = root.environment();
        String editor = environment.getOrDefault("VISUAL", environment.getOrDefault("EDITOR", ""));
        if (editor.isBlank()) {
            editor = Files.isExecutable(Path.of("/usr/bin/editor")) ? "/usr/bin/editor" : "vi";
        }
        // By a shell, because the variable may hold options: EDITOR='code --wait'.
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", editor + " \"$1\"", "sh", file.toString()).inheritIO();
        try {
            int code = builder.start().waitFor();
            if (code != 0) {
                throw new Failure(
                        "the editor '" + editor + "' ended with exit code " + code + "; your text is in " + file,
                        "set EDITOR, or give a file: sandkeep profile edit " + profile + " -f FILE");
            }
        } catch (IOException e) {
            throw new Failure("no editor can be started: " + e.getMessage(), "give a file with -f FILE", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure("interrupted; your text is in " + file, "", e);
        }
    }

    private boolean wantsToGoOn() {
        if (!Terminal.isTerminal(0) || !Terminal.isTerminal(2)) {
            return false;
        }
        root.terminal().note("edit again? [Y/n] ");
        Scanner answers = new Scanner(System.in, StandardCharsets.UTF_8);
        String answer = answers.hasNextLine() ? answers.nextLine() : "no";
        return !answer.strip().toLowerCase(Locale.ROOT).startsWith("n");
    }

    private static Path write(String text) {
        try {
            Path file = Files.createTempFile("sandkeep-draft-", ".yaml");
            Files.writeString(file, text);
            return file;
        } catch (IOException e) {
            throw new Failure(
                    "cannot write a temporary file: " + e.getMessage(), "free some space, or give a file with -f", e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new Failure("cannot read back " + file + ": " + e.getMessage(), "", e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new Failure("cannot delete " + file + ": " + e.getMessage(), "", e);
        }
    }
}
