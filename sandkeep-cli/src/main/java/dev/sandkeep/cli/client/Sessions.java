package dev.sandkeep.cli.client;

import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What one does with sessions, waiting until it has happened. */
public final class Sessions {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration POLL = Duration.ofMillis(100);
    /** How long the server is asked to wait before it answers a start, in seconds. */
    private static final int SERVER_WAIT = 30;

    private final SandkeepClient client;

    /** Works through {@code client}. */
    public Sessions(SandkeepClient client) {
        this.client = client;
    }

    /** The session with this id, sandbox id or name. */
    public Session find(String id) {
        return new Session(client.get(Route.of("sessions", id)));
    }

    /**
     * Starts one, as {@code request} ({@code profile}, {@code version}, {@code name}, {@code repository}) says, and waits until it runs.
     *
     * @throws Failure when it does not come to run
     */
    public Session start(ObjectNode request) {
        return arrive(client.create(Route.of("sessions").with("wait", SERVER_WAIT), request), "running");
    }

    /** Asks for a start and returns at once. */
    public Session request(ObjectNode request) {
        return new Session(client.create(Route.of("sessions").with("wait", 0), request));
    }

    /** Stops one and waits until what it keeps is durable. */
    public Session stop(String id, ObjectNode request) {
        return arrive(client.post(Route.of("sessions", id, "stop"), request), "stopped");
    }

    /** Resumes one and waits until it runs. */
    public Session resume(String id) {
        return arrive(client.post(Route.of("sessions", id, "resume"), Json.object()), "running");
    }

    /**
     * Starts a new one with what another one holds, or held at the {@code checkpoint} that {@code request} names, and waits until
     * it runs.
     */
    public Session fork(String id, ObjectNode request) {
        return arrive(client.create(Route.of("sessions", id, "fork").with("wait", SERVER_WAIT), request), "running");
    }

    /** Starts a new one with what was exported, and waits until it runs. */
    public Session importFrom(Route route, Supplier<InputStream> stream) {
        return arrive(client.upload(route.with("wait", SERVER_WAIT), stream), "running");
    }

    /** Deletes one with everything it kept, at once. */
    public void delete(String id) {
        client.delete(Route.of("sessions", id).with("now", true));
    }

    /**
     * Runs a command in the session's shell and waits for its end, at most a minute.
     *
     * @return {@code exitCode}, {@code stdout}, {@code stderr} and more
     */
    public JsonNode shell(String id, String script) {
        ObjectNode body = Json.object();
        body.putArray("command").add("sh").add("-c").add(script);
        return client.post(Route.of("sessions", id, "exec"), body);
    }

    /** Runs a command that does nothing, and resumes nothing: the server finds out whether the session's compute is there. */
    public void probe(String id) {
        ObjectNode body = Json.object();
        body.putArray("command").add("true");
        body.put("autoResume", false);
        client.post(Route.of("sessions", id, "exec"), body);
    }

    private Session arrive(JsonNode answer, String wanted) {
        Session session = new Session(answer);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (session.changing()) {
            if (System.nanoTime() > deadline) {
                throw new Failure(
                        "session " + session.id() + " is still " + session.state() + " after " + PATIENCE.toMinutes()
                                + " min",
                        "look at what happened: sandkeep session events " + session.id());
            }
            try {
                Thread.sleep(POLL);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Failure("interrupted while session " + session.id() + " is " + session.state(), "", e);
            }
            session = find(session.id());
        }
        if (!session.state().equals(wanted)) {
            throw failure(session);
        }
        return session;
    }

    private static Failure failure(Session session) {
        Optional<JsonNode> failure = session.failure();
        String why = failure.map(Session::describe)
                .orElse(session.stopReason().isEmpty() ? "no reason is recorded" : session.stopReason());
        String next = failure.map(f -> f.path("nextStep").asString(""))
                .filter(step -> !step.isEmpty())
                .orElse("look at what happened: sandkeep session events " + session.id());
        return new Failure("session " + session.id() + " is " + session.state() + ": " + why, next);
    }
}
