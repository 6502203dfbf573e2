package dev.sandkeep.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.cli.client.ApiProblem;
import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.client.Session;
import dev.sandkeep.cli.client.Sessions;
import dev.sandkeep.e2e.ChaosModel.Known;
import dev.sandkeep.e2e.ChaosModel.World;
import dev.sandkeep.e2e.chaos.JumpingClock;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.awaitility.core.ConditionTimeoutException;
import tools.jackson.databind.JsonNode;

/**
 * What people do with sessions, each told to the model as far as it was answered. All answer whether there was a good answer; a
 * {@link Failure} is none, and then the model knows no more than before.
 */
final class ChaosOperations {
    private static final Duration EXPIRY_PATIENCE = Duration.ofSeconds(30);
    private static final Duration LARGEST_JUMP_BACK = Duration.ofMinutes(5);

    private final Installation sandkeep;
    private final JumpingClock clock;
    private final ChaosModel model;

    ChaosOperations(Installation sandkeep, JumpingClock clock, ChaosModel model) {
        this.sandkeep = sandkeep;
        this.clock = clock;
        this.model = model;
    }

    boolean create(String profile) {
        Known known = model.add();
        try (SandkeepClient client = sandkeep.client()) {
            new Sessions(client).start(Json.object().put("profile", profile).put("name", known.name));
            known.created = true;
            return true;
        }
    }

    boolean refresh(String profile) {
        try (SandkeepClient client = sandkeep.client()) {
            client.create(Route.of("profiles", profile, "versions", "1", "refresh"), Json.object());
            return true;
        }
    }

    boolean write(Known known) {
        int number = known.next();
        String script = """
                set -e; mkdir -p /root/f; i=0
                while [ $i -lt 200 ]; do echo "%1$d $i"; i=$((i+1)); done > /root/f/%1$d.new
                mv /root/f/%1$d.new /root/f/%1$d; echo %1$d >> /root/log; echo said
                """.formatted(number);
        try (SandkeepClient client = sandkeep.client()) {
            JsonNode answer = new Sessions(client).shell(known.name, script);
            if (answer.path("exitCode").asInt(-1) == 0
                    && answer.path("stdout").asString("").equals("said\n")) {
                known.wrote(number);
                return true;
            }
            return false;
        }
    }

    boolean read(Known known) {
        try (SandkeepClient client = sandkeep.client()) {
            return check(client, known);
        }
    }

    boolean stop(Known known) {
        IdentityHashMap<World, Set<Integer>> written = known.written();
        try (SandkeepClient client = sandkeep.client()) {
            Session stopped =
                    new Sessions(client).stop(known.name, Json.object().put("graceSeconds", 1));
            if (stopped.state().equals("stopped") && stopped.failure().isEmpty()) {
                known.durable(written);
                String point = stopped.sandbox().at("/durablePoint/checkpoint").asString("");
                if (!point.isEmpty()) {
                    known.checkpoint(point);
                }
                return true;
            }
            return false;
        }
    }

    boolean resume(Known known) {
        try (SandkeepClient client = sandkeep.client()) {
            return new Sessions(client).resume(known.name).state().equals("running");
        }
    }

    boolean checkpoint(Known known) {
        IdentityHashMap<World, Set<Integer>> written = known.written();
        try (SandkeepClient client = sandkeep.client()) {
            JsonNode made = client.create(Route.of("sessions", known.name, "checkpoints"), Json.object());
            if (made.path("kind").asString().equals("manual")) {
                // Another kind is the newest of one that does not run, or the newest of one in which nothing was
                // written.
                known.durable(written);
            }
            known.checkpoint(made.path("id").asString());
            return true;
        }
    }

    /** Takes it back to one of its checkpoints; stops it first, because only what is stopped can be. */
    boolean rollback(Known known, int choice) {
        Optional<String> checkpoint = known.anyCheckpoint(choice);
        if (checkpoint.isEmpty() || !stop(known)) {
            return false;
        }
        try (SandkeepClient client = sandkeep.client()) {
            Session back = new Session(client.create(
                    Route.of("sessions", known.name, "rollback"), Json.object().put("checkpoint", checkpoint.get())));
            if (back.state().equals("stopped")
                    && back.failure().isEmpty()
                    && !back.sandbox().path("rollingBackTo").isString()) {
                known.rolledBack(checkpoint.get());
                return true;
            }
            known.perhapsRolledBack(checkpoint.get());
            return false;
        } catch (ApiProblem refused) {
            if (refused.status() != 404 && !refused.code().equals("sandbox_not_stopped")) {
                known.perhapsRolledBack(checkpoint.get());
            }
            throw refused;
        } catch (Failure unknown) {
            known.perhapsRolledBack(checkpoint.get());
            throw unknown;
        }
    }

    boolean fork(Known source, int choice) {
        Optional<String> checkpoint = choice % 2 == 0 ? source.anyCheckpoint(choice / 2) : Optional.empty();
        Known fork = model.add(source.beginning(checkpoint));
        try (SandkeepClient client = sandkeep.client()) {
            var request = Json.object().put("name", fork.name);
            checkpoint.ifPresent(id -> request.put("checkpoint", id));
            new Sessions(client).fork(source.name, request);
            fork.created = true;
            return true;
        }
    }

    /** Exports what it holds, and starts a new session with that. */
    boolean carry(Known source, String profile) throws IOException {
        List<World> beginning = source.beginning(Optional.empty());
        Path file = Files.createTempFile(sandkeep.folder(), "export", "");
        try (SandkeepClient client = sandkeep.client()) {
            try (InputStream stream = client.download(Route.of("sessions", source.name, "volume", "export"))) {
                Files.copy(stream, file, StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException cutOff) {
                // An import has to refuse what came of it.
            }
            Known copy = model.add(beginning);
            Route route =
                    Route.of("sessions", "import").with("profile", profile).with("name", copy.name);
            new Sessions(client).importFrom(route, () -> open(file));
            copy.created = true;
            return true;
        } finally {
            Files.delete(file);
        }
    }

    private static InputStream open(Path file) {
        try {
            return Files.newInputStream(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lets the time of its compute come, and waits for what follows: a replacement, or a stop. Resumes it first. */
    boolean expire(Known known) {
        try (SandkeepClient client = sandkeep.client()) {
            Sessions sessions = new Sessions(client);
            Session before = sessions.resume(known.name);
            String expiresAt = before.sandbox().path("expiresAt").asString("");
            if (expiresAt.isEmpty()) {
                return false;
            }
            Duration until = Duration.between(Instant.now().plus(clock.offset()), Instant.parse(expiresAt));
            if (until.isPositive()) {
                clock.jump(until);
            }
            Installation.await(known.name + " has expired", EXPIRY_PATIENCE, () -> {
                try {
                    Session now = sessions.find(known.name);
                    return !now.changing()
                            && (now.generation() > before.generation()
                                    || !now.state().equals("running"));
                } catch (Failure later) {
                    return false;
                }
            });
            return true;
        } catch (ConditionTimeoutException notYet) {
            return false;
        }
    }

    boolean delete(Known known, boolean now) {
        known.deletionAsked = true;
        known.restorableUntil = Instant.MIN;
        try (SandkeepClient client = sandkeep.client()) {
            Instant asked = clock.instant();
            client.delete(Route.of("sessions", known.name).with("now", now));
            if (!now && known.holdsSomething()) {
                known.restorableUntil = asked.plus(ChaosServer.DELETE_GRACE).minus(LARGEST_JUMP_BACK);
            }
            return true;
        }
    }

    boolean restore(Known known) {
        try (SandkeepClient client = sandkeep.client()) {
            Session restored = new Session(client.post(
                    Route.of("sessions", known.name, "restore"), Json.object().put("name", known.name)));
            if (restored.name().equals(known.name)) {
                known.deletionAsked = false;
                return true;
            }
            return false;
        } catch (ApiProblem refused) {
            assertThat(refused.code().equals("session_not_restorable")
                            && clock.instant().isBefore(known.restorableUntil))
                    .as("%s was deleted with a grace period that is not over, and is refused: %s", known, refused)
                    .isFalse();
            throw refused;
        }
    }

    /** Compares content with the model. @return false when it could not be read */
    boolean check(SandkeepClient client, Known known) {
        JsonNode answer = new Sessions(client).shell(known.name, """
                cat /root/log 2> /dev/null || true; echo --
                for f in /root/f/*; do n=${f##*/}; [ "$(grep -c "^$n " "$f" 2> /dev/null)" = 200 ] && echo "$n"; done; echo end
                """);
        String text = answer.path("stdout").asString("");
        if (answer.path("exitCode").asInt(-1) != 0 || !text.endsWith("end\n")) {
            return false;
        }
        List<Integer> log = new ArrayList<>();
        Set<Integer> files = new TreeSet<>();
        boolean second = false;
        for (String line : text.split("\n", -1)) {
            if (line.equals("--")) {
                second = true;
            } else if (line.matches("[0-9]+")) {
                if (second) {
                    files.add(Integer.parseInt(line));
                } else {
                    log.add(Integer.parseInt(line));
                }
            }
        }
        assertThat(known.complaints(log, files)).as("%s holds %s", known, log).isEmpty();
        return true;
    }
}
