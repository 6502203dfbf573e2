package dev.sandkeep.linux.slots;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Semaphore;

/**
 * Passes name questions of sandboxes on to a resolver that only listens on this host, over UDP and TCP, bytes unchanged.
 *
 * <p>Listens on every address because a link's address appears with the link; the installation's nftables rules let only its
 * sandboxes reach the port.
 */
public final class DnsForwarder implements AutoCloseable {
    private static final int ANSWER_WITHIN_MILLIS = 5_000;
    private static final int LARGEST = 65_535;

    private final DatagramSocket datagrams;
    private final ServerSocket connections;
    private final List<InetSocketAddress> servers;
    private final Semaphore inFlight = new Semaphore(256);

    /** Listens on a free port, the same for both protocols, and forwards to the first of {@code servers} that answers. */
    public DnsForwarder(List<InetSocketAddress> servers) {
        this.servers = List.copyOf(servers);
        try {
            this.connections = new ServerSocket(0);
            this.datagrams = new DatagramSocket(connections.getLocalPort());
        } catch (IOException e) {
            throw new IllegalStateException("the DNS forwarder found no free port", e);
        }
        Thread.ofPlatform().name("sandkeep-dns-udp").daemon().start(this::serveDatagrams);
        Thread.ofPlatform().name("sandkeep-dns-tcp").daemon().start(this::serveConnections);
    }

    /** Where it listens. */
    public int port() {
        return connections.getLocalPort();
    }

    private void serveDatagrams() {
        while (!datagrams.isClosed()) {
            DatagramPacket question = new DatagramPacket(new byte[LARGEST], LARGEST);
            try {
                datagrams.receive(question);
            } catch (IOException e) {
                continue;
            }
            // Over the limit a question is dropped, as a busy network would; the asker repeats it.
            if (inFlight.tryAcquire()) {
                Thread.ofVirtual().start(() -> answer(question));
            }
        }
    }

    private void answer(DatagramPacket question) {
        byte[] bytes = Arrays.copyOf(question.getData(), question.getLength());
        try {
            for (InetSocketAddress server : servers) {
                try (DatagramSocket asking = new DatagramSocket()) {
                    asking.setSoTimeout(ANSWER_WITHIN_MILLIS / servers.size());
                    asking.connect(server);
                    asking.send(new DatagramPacket(bytes, bytes.length));
                    DatagramPacket answer = new DatagramPacket(new byte[LARGEST], LARGEST);
                    asking.receive(answer);
                    datagrams.send(
                            new DatagramPacket(answer.getData(), answer.getLength(), question.getSocketAddress()));
                    return;
                } catch (IOException noAnswer) {
                    // The next server may answer; if none does, silence is what a dead resolver would give.
                }
            }
        } finally {
            inFlight.release();
        }
    }

    private void serveConnections() {
        while (!connections.isClosed()) {
            try {
                Socket asker = connections.accept();
                if (inFlight.tryAcquire()) {
                    Thread.ofVirtual().start(() -> relay(asker));
                } else {
                    asker.close();
                }
            } catch (IOException e) {
                // Closed, or one asker went away: the loop's condition tells.
            }
        }
    }

    private void relay(Socket asker) {
        try (asker) {
            asker.setSoTimeout(ANSWER_WITHIN_MILLIS);
            byte[] question = message(asker);
            for (InetSocketAddress server : servers) {
                try (Socket asking = new Socket()) {
                    asking.connect(server, ANSWER_WITHIN_MILLIS);
                    asking.setSoTimeout(ANSWER_WITHIN_MILLIS);
                    send(asking, question);
                    send(asker, message(asking));
                    return;
                } catch (IOException noAnswer) {
                    // The next server may answer.
                }
            }
        } catch (IOException e) {
            // The asker went away; nobody is left to tell.
        } finally {
            inFlight.release();
        }
    }

    private static byte[] message(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        return in.readNBytes(in.readUnsignedShort());
    }

    private static void send(Socket socket, byte[] message) throws IOException {
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.writeShort(message.length);
        out.write(message);
        out.flush();
    }

    @Override
    public void close() {
        datagrams.close();
        try {
            connections.close();
        } catch (IOException e) {
            throw new IllegalStateException("the DNS forwarder could not be closed", e);
        }
    }
}
