package dev.sandkeep.cli.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Follows a stream of server-sent events for as long as it matters: a connection that breaks, or a server that
 * restarts, is connected to again with {@code Last-Event-ID}, so that no event is missed or seen twice.
 */
public final class EventStream {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(3);

    /** The server writes at least a comment every 15 s; after this long without a word the connection is given up. */
    private static final Duration SILENCE = Duration.ofSeconds(60);

    private final SandkeepClient client;
    private final Route route;
    private final Duration patience;
    private @Nullable String lastEventId;
    private volatile long lastWord;

    /**
     * @param id position in the stream; empty when the event carries none
     * @param name kind of event
     * @param data the JSON it carries
     */
    public record Event(String id, String name, JsonNode data) {}

    /**
     * @param patience how long the server may stay away before following is given up
     */
    public EventStream(SandkeepClient client, Route route, Duration patience) {
        this.client = client;
        this.route = route;
        this.patience = patience;
    }

    /**
     * Hands events to {@code wantsMore} until it answers false.
     *
     * @throws ServerUnreachable when the first connection fails, or the server later stayed away for longer than
     *     the patience
     * @throws ApiProblem when the server refuses, e.g. because the thing followed does not exist
     */
    public void follow(Predicate<Event> wantsMore) {
        boolean connectedBefore = false;
        long lastContact = System.nanoTime();
        Duration pause = FIRST_PAUSE;
        while (true) {
            try (InputStream stream = client.openEvents(route, lastEventId)) {
                connectedBefore = true;
                pause = FIRST_PAUSE;
                if (!deliverWatched(stream, wantsMore)) {
                    return;
                }
                lastContact = System.nanoTime();
            } catch (IOException brokenWhileReading) {
                lastContact = System.nanoTime();
            } catch (ServerUnreachable e) {
                giveUpWhenTooLong(connectedBefore, lastContact, e);
            } catch (ApiProblem e) {
                if (e.status() < 500) {
                    throw e;
                }
                giveUpWhenTooLong(connectedBefore, lastContact, e);
            }
            sleep(pause);
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
        }
    }

    private boolean deliverWatched(InputStream stream, Predicate<Event> wantsMore) throws IOException {
        lastWord = System.nanoTime();
        Thread watchdog = Thread.ofVirtual().start(() -> closeWhenSilent(stream));
        try {
            return deliver(stream, wantsMore);
        } finally {
            watchdog.interrupt();
        }
    }

    private void closeWhenSilent(InputStream stream) {
        try {
            while (System.nanoTime() - lastWord < SILENCE.toNanos()) {
                Thread.sleep(SILENCE.dividedBy(10));
            }
            stream.close();
        } catch (InterruptedException | IOException over) {
            // the stream has ended by itself
        }
    }

    private boolean deliver(InputStream stream, Predicate<Event> wantsMore) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
        String id = "";
        String name = "message";
        StringBuilder data = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            lastWord = System.nanoTime();
            if (line.isEmpty()) {
                if (!data.isEmpty()) {
                    boolean more = wantsMore.test(new Event(id, name, Json.parse(data.toString())));
                    lastEventId = id.isEmpty() ? lastEventId : id;
                    if (!more) {
                        return false;
                    }
                }
                id = "";
                name = "message";
                data.setLength(0);
            } else if (line.startsWith("id:")) {
                id = value(line, 3);
            } else if (line.startsWith("event:")) {
                name = value(line, 6);
            } else if (line.startsWith("data:")) {
                data.append(data.isEmpty() ? "" : "\n").append(value(line, 5));
            }
        }
        return true;
    }

    private static String value(String line, int after) {
        return line.startsWith(" ", after) ? line.substring(after + 1) : line.substring(after);
    }

    private void giveUpWhenTooLong(boolean connectedBefore, long lastContact, Failure last) {
        if (!connectedBefore) {
            throw last;
        }
        if (System.nanoTime() - lastContact > patience.toNanos()) {
            throw new ServerUnreachable(
                    "the server at " + client.server() + " has not answered for " + patience.toSeconds() + " s: "
                            + last.getMessage(),
                    "look at 'sandkeep server status'; what was started goes on without this command",
                    last);
        }
    }

    private static void sleep(Duration pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure("interrupted", "", e);
        }
    }
}
