package dev.sandkeep.linux.slots;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Against a resolver that answers every question with the question in capitals. */
class DnsForwarderTest {
    private static final int PATIENCE_MILLIS = 10_000;

    private static InetSocketAddress local(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private static byte[] answerTo(byte[] question, int length) {
        return new String(question, 0, length, UTF_8)
                .toUpperCase(java.util.Locale.ROOT)
                .getBytes(UTF_8);
    }

    @Test
    void a_datagram_is_answered_by_the_first_resolver_that_does() throws Exception {
        try (DatagramSocket silent = new DatagramSocket(local(0));
                DatagramSocket resolver = new DatagramSocket(local(0));
                DnsForwarder forwarder =
                        new DnsForwarder(List.of(local(silent.getLocalPort()), local(resolver.getLocalPort())));
                DatagramSocket asker = new DatagramSocket()) {
            Thread answering = Thread.ofVirtual().start(() -> answerOne(resolver));
            asker.setSoTimeout(PATIENCE_MILLIS);
            asker.send(new DatagramPacket("who".getBytes(UTF_8), 3, local(forwarder.port())));
            DatagramPacket answer = new DatagramPacket(new byte[512], 512);
            asker.receive(answer);
            answering.join();

            assertThat(new String(answer.getData(), 0, answer.getLength(), UTF_8))
                    .isEqualTo("WHO");
        }
    }

    private static void answerOne(DatagramSocket resolver) {
        try {
            DatagramPacket question = new DatagramPacket(new byte[512], 512);
            resolver.receive(question);
            byte[] answer = answerTo(question.getData(), question.getLength());
            resolver.send(new DatagramPacket(answer, answer.length, question.getSocketAddress()));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_connection_is_answered_with_the_resolvers_whole_message() throws Exception {
        try (ServerSocket resolver = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                DnsForwarder forwarder = new DnsForwarder(List.of(local(resolver.getLocalPort())));
                Socket asker = new Socket(InetAddress.getLoopbackAddress(), forwarder.port())) {
            Thread answering = Thread.ofVirtual().start(() -> answerOne(resolver));
            asker.setSoTimeout(PATIENCE_MILLIS);
            send(asker, "question".repeat(500).getBytes(UTF_8));

            assertThat(new String(receive(asker), UTF_8)).isEqualTo("QUESTION".repeat(500));
            answering.join();
        }
    }

    private static void answerOne(ServerSocket resolver) {
        try (Socket connection = resolver.accept()) {
            byte[] question = receive(connection);
            send(connection, answerTo(question, question.length));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] receive(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        return in.readNBytes(in.readUnsignedShort());
    }

    private static void send(Socket socket, byte[] message) throws IOException {
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.writeShort(message.length);
        out.write(message);
    }
}
