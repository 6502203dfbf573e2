package dev.sandkeep.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sandkeep.cli.client.Json;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import tools.jackson.databind.JsonNode;

/** The WebSocket of {@code exec}: runs the command on this machine. */
final class FakeExec {
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;

    private final DataInputStream in;
    private final OutputStream out;

    private record Frame(int kind, boolean last, ByteBuffer payload) {
        String text() {
            return UTF_8.decode(payload.duplicate()).toString();
        }
    }

    private FakeExec(FakeServer.Connection connection) {
        this.in = new DataInputStream(connection.in());
        this.out = connection.out();
    }

    static void serve(FakeServer.Request request, FakeServer.Connection connection) throws IOException {
        connection.head("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: " + accept(request.header("Sec-WebSocket-Key")) + "\r\n\r\n");
        new FakeExec(connection).run();
    }

    private static String accept(String key) {
        try {
            byte[] text = (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(ISO_8859_1);
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-1").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void run() throws IOException {
        JsonNode request = Json.parse(readFrame().text());
        ProcessBuilder builder = new ProcessBuilder(
                request.path("command").valueStream().map(JsonNode::asString).toList());
        request.path("environment")
                .properties()
                .forEach(e -> builder.environment().put(e.getKey(), e.getValue().asString()));
        if (request.has("workingDirectory")) {
            builder.directory(new File(request.path("workingDirectory").asString()));
        }
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            writeText("{\"error\":" + FakeServer.problem(422, "command_not_found", "no such command", "") + "}");
            close();
            return;
        }
        writeText("{\"started\":true}");
        Thread stdout = pump(process.getInputStream(), (byte) 1);
        Thread stderr = pump(process.getErrorStream(), (byte) 2);
        Thread.ofPlatform().daemon().start(() -> receive(process));
        try {
            int code = process.waitFor();
            stdout.join();
            stderr.join();
            writeText("{\"exitCode\":" + code + "}");
            close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Thread pump(InputStream stream, byte channel) {
        return Thread.ofPlatform().daemon().start(() -> {
            byte[] piece = new byte[64 * 1024];
            piece[0] = channel;
            try {
                for (int n = stream.read(piece, 1, piece.length - 1);
                        n >= 0;
                        n = stream.read(piece, 1, piece.length - 1)) {
                    writeFrame(BINARY, piece, n + 1);
                }
            } catch (IOException clientWentAway) {
                // receive() ends the command
            }
        });
    }

    private void receive(Process process) {
        OutputStream stdin = process.getOutputStream();
        try {
            while (true) {
                Frame frame = readFrame();
                if (frame.kind() == CLOSE) {
                    return;
                } else if (frame.kind() == TEXT) {
                    String signal = Json.parse(frame.text()).path("signal").asString();
                    new ProcessBuilder("kill", "-" + signal.substring(3), Long.toString(process.pid())).start();
                } else if (!frame.payload().hasRemaining() && frame.last()) {
                    stdin.close();
                } else {
                    stdin.write(frame.payload().array());
                    stdin.flush();
                }
            }
        } catch (IOException clientWentAway) {
            process.destroyForcibly();
        }
    }

    private Frame readFrame() throws IOException {
        int first = in.readUnsignedByte();
        int length = in.readUnsignedByte() & 0x7f;
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = Math.toIntExact(in.readLong());
        }
        byte[] mask = in.readNBytes(4);
        byte[] payload = in.readNBytes(length);
        for (int i = 0; i < payload.length; i++) {
            payload[i] ^= mask[i % 4];
        }
        return new Frame(first & 0xf, (first & 0x80) != 0, ByteBuffer.wrap(payload));
    }

    private void writeText(String text) throws IOException {
        byte[] bytes = text.getBytes(UTF_8);
        writeFrame(TEXT, bytes, bytes.length);
    }

    private void close() throws IOException {
        writeFrame(CLOSE, new byte[] {3, (byte) 0xe8}, 2);
    }

    private synchronized void writeFrame(int kind, byte[] payload, int length) throws IOException {
        out.write(0x80 | kind);
        if (length < 126) {
            out.write(length);
        } else if (length < 65_536) {
            out.write(new byte[] {126, (byte) (length >> 8), (byte) length});
        } else {
            out.write(new byte[] {
                127, 0, 0, 0, 0, (byte) (length >> 24), (byte) (length >> 16), (byte) (length >> 8), (byte) length
            });
        }
        out.write(payload, 0, length);
        out.flush();
    }
}
