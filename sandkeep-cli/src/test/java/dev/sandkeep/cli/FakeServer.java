package dev.sandkeep.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A server that speaks HTTP/1.1, server-sent events and WebSocket as the real one does, with answers that a test
 * chooses. Commands of {@code exec} really run, on this machine. One request per connection.
 */
final class FakeServer implements AutoCloseable {
    static final String API_KEY = "skp_test";

    private final ServerSocket socket;
    private final Map<String, Handler> handlers = new ConcurrentHashMap<>();
    private final List<Request> requests = Collections.synchronizedList(new ArrayList<>());

    /** What a client asked for. */
    record Request(String method, String path, String query, Map<String, String> headers, String body) {
        String header(String name) {
            return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
        }
    }

    /** Answers one request. */
    interface Handler {
        void answer(Request request, Connection connection) throws IOException;
    }

    /** The streams of one connection, and the ways to answer on it. */
    record Connection(InputStream in, OutputStream out) {
        void json(int status, String body) throws IOException {
            String type = status >= 400 ? "application/problem+json" : "application/json";
            byte[] bytes = body.getBytes(UTF_8);
            head("HTTP/1.1 " + status + " Answer\r\nContent-Type: " + type + "\r\nContent-Length: " + bytes.length
                    + "\r\nConnection: close\r\n\r\n");
            out.write(bytes);
            out.flush();
        }

        void eventStream() throws IOException {
            head("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
        }

        void event(int id, String name, String data) throws IOException {
            out.write(("id: " + id + "\nevent: " + name + "\ndata: " + data + "\n\n").getBytes(UTF_8));
            out.flush();
        }

        void head(String text) throws IOException {
            out.write(text.getBytes(ISO_8859_1));
            out.flush();
        }
    }

    FakeServer() throws IOException {
        socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("fake-server").start(this::accept);
        on("GET", "/api/v1/health", (request, connection) -> connection.json(200, "{\"status\":\"up\"}"));
    }

    String url() {
        return "http://127.0.0.1:" + socket.getLocalPort();
    }

    /** Answers requests for a path, exactly as given, with {@code handler}. */
    FakeServer on(String method, String path, Handler handler) {
        handlers.put(method + " " + path, handler);
        return this;
    }

    FakeServer on(String method, String path, int status, String body) {
        return on(method, path, (request, connection) -> connection.json(status, body));
    }

    /** Lets commands of a session run on this machine, as its sandbox. */
    FakeServer onExec(String session) {
        return on("GET", "/api/v1/sessions/" + session + "/exec", FakeExec::serve);
    }

    List<Request> requests() {
        return List.copyOf(requests);
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                Thread.ofPlatform().daemon().start(() -> serve(connection));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            connection.setTcpNoDelay(true);
            Connection streams =
                    new Connection(new BufferedInputStream(connection.getInputStream()), connection.getOutputStream());
            Request request = read(streams.in());
            requests.add(request);
            Handler handler = handlers.get(request.method() + " " + request.path());
            if (!request.path().equals("/api/v1/health")
                    && !request.header("Authorization").equals("Bearer " + API_KEY)) {
                streams.json(401, problem(401, "unauthorized", "the API key is wrong", ""));
            } else if (handler == null) {
                streams.json(404, problem(404, "not_found", "there is no " + request.path(), ""));
            } else {
                handler.answer(request, streams);
            }
        } catch (IOException clientWentAway) {
            // what a client does to its connection is the test's business
        }
    }

    static String problem(int status, String code, String detail, String nextStep) {
        return """
                {"type": "urn:sandkeep:problem:%s", "title": "No", "status": %d, "detail": "%s", "code": "%s",
                 "nextStep": "%s"}""".formatted(code, status, detail, code, nextStep);
    }

    private static Request read(InputStream in) throws IOException {
        String[] first = line(in).split(" ", 3);
        Map<String, String> headers = new TreeMap<>();
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            int colon = header.indexOf(':');
            headers.put(
                    header.substring(0, colon).toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).strip());
        }
        String body = headers.getOrDefault("transfer-encoding", "").equals("chunked")
                ? chunks(in)
                : new String(in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0"))), UTF_8);
        int question = first[1].indexOf('?');
        return question < 0
                ? new Request(first[0], first[1], "", headers, body)
                : new Request(
                        first[0], first[1].substring(0, question), first[1].substring(question + 1), headers, body);
    }

    private static String chunks(InputStream in) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int length = Integer.parseInt(line(in), 16); length > 0; length = Integer.parseInt(line(in), 16)) {
            body.write(in.readNBytes(length));
            line(in);
        }
        line(in);
        return body.toString(UTF_8);
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new IOException("connection ended");
            }
            if (next != '\r') {
                line.write(next);
            }
        }
        return line.toString(ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
