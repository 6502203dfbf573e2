package dev.sandkeep.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.cli.client.ApiProblem;
import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.client.Session;
import dev.sandkeep.cli.client.Sessions;
import dev.sandkeep.e2e.ChaosModel.Known;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** What must be true when nothing breaks any more: all comes to rest, holds what it should, and leaves nothing when it goes. */
final class ChaosEnd {
    /** Of a fork or an import that was not answered: that what it was to begin with did not come, or has gone since. */
    private static final Set<String> NEVER_BEGAN =
            Set.of("volume_missing", "volume_checkpoint_missing", "volume_import_incomplete");

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final List<String> FIND_NOTHING = List.of(
            "select id from sandboxes where state <> 'deleted'",
            "select id from snapshot_jobs where state in ('queued', 'running')",
            "select owner from computes where state <> 'destroyed'",
            "select id from volumes where state <> 'deleted'",
            "select id from checkpoints where removed_at is null",
            "select kind || ' ' || name || ' ' || reason from findings where ended_at is null");

    private final Installation sandkeep;
    private final ChaosServer server;
    private final ChaosOperations operations;
    private final ChaosModel model;
    private final ChaosCounts counts;

    ChaosEnd(
            Installation sandkeep,
            ChaosServer server,
            ChaosOperations operations,
            ChaosModel model,
            ChaosCounts counts) {
        this.sandkeep = sandkeep;
        this.server = server;
        this.operations = operations;
        this.model = model;
        this.counts = counts;
    }

    void expect() throws Exception {
        counts.note("the end");
        server.faults().heal();
        await("the database answers", () -> rows("select '' where false").isEmpty());
        try (SandkeepClient client = sandkeep.client()) {
            Sessions sessions = new Sessions(client);
            for (Known known : model.all()) {
                expectContent(client, sessions, known);
            }
            await("all sessions are deleted", () -> {
                try {
                    sandkeep.deleteSessions();
                    return client.list(Route.of("sessions")).isEmpty();
                } catch (Failure later) {
                    return false;
                }
            });
        }
        // Now those that can be restored are over as well.
        server.clock().jump(ChaosServer.DELETE_GRACE.plusMinutes(1));
        await("no leaks", () -> sandkeep.leaks().isEmpty());
        for (String query : FIND_NOTHING) {
            await(query + " finds nothing", () -> rows(query).isEmpty());
        }
        expectNoVolumes();
        countEvents();
    }

    private void expectContent(SandkeepClient client, Sessions sessions, Known known) {
        Optional<Session> found = atRest(sessions, known);
        if (found.isEmpty() || known.deletionAsked) {
            assertThat(known.created && !known.deletionAsked)
                    .as(known.name + " is gone, and nobody asked for that")
                    .isFalse();
            return;
        }
        await(known.name + " runs again", () -> neverBegan(sessions, known) || runs(sessions, known));
        if (neverBegan(sessions, known)) {
            return;
        }
        await(known.name + " can be read", () -> readable(client, known));
    }

    private Optional<Session> atRest(Sessions sessions, Known known) {
        await(known.name + " comes to rest", () -> {
            try {
                return !sessions.find(known.name).changing();
            } catch (ApiProblem problem) {
                return problem.status() == 404;
            } catch (Failure later) {
                return false;
            }
        });
        try {
            return Optional.of(sessions.find(known.name));
        } catch (ApiProblem gone) {
            assertThat(gone.status()).isEqualTo(404);
            return Optional.empty();
        }
    }

    private static boolean neverBegan(Sessions sessions, Known known) {
        try {
            return !known.created
                    && sessions.find(known.name)
                            .failure()
                            .filter(failure ->
                                    NEVER_BEGAN.contains(failure.path("code").asString("")))
                            .isPresent();
        } catch (Failure later) {
            return false;
        }
    }

    private boolean runs(Sessions sessions, Known known) {
        try {
            return sessions.resume(known.name).state().equals("running");
        } catch (Failure notYet) {
            counts.note("   " + known.name + ": " + notYet.getMessage());
            return false;
        }
    }

    private boolean readable(SandkeepClient client, Known known) {
        try {
            return operations.check(client, known);
        } catch (Failure notYet) {
            counts.note("   " + known.name + ": " + notYet.getMessage());
            return false;
        }
    }

    private void expectNoVolumes() throws IOException {
        List<String> left = new ArrayList<>();
        try (DirectoryStream<Path> volumes =
                Files.newDirectoryStream(sandkeep.data().path().resolve("volumes"), "vol_*")) {
            volumes.forEach(volume -> left.add(volume.getFileName().toString()));
        }
        assertThat(left).as("volumes on disk after all sessions are gone").isEmpty();
    }

    /** So that a run in which nothing happened is not taken for one in which nothing went wrong. */
    private void countEvents() {
        for (String row : rows("""
                select action || coalesce(' (' || code || ')', '') || '|' || count(*) from events
                where subject_type in ('sandbox', 'session', 'volume') group by action, code
                """)) {
            int bar = row.lastIndexOf('|');
            counts.seen(row.substring(0, bar), Integer.parseInt(row.substring(bar + 1)));
        }
    }

    private List<String> rows(String query) {
        List<String> found = new ArrayList<>();
        try (Connection database = sandkeep.connect();
                Statement statement = database.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                found.add(rows.getString(1));
            }
            return found;
        } catch (SQLException e) {
            return List.of(String.valueOf(e.getMessage()));
        }
    }

    private static void await(String what, BooleanSupplier condition) {
        Installation.await(what, PATIENCE, condition);
    }
}
