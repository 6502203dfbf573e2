package dev.sandkeep.server.platform.web;

import dev.sandkeep.server.platform.config.Network;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;

/**
 * Finds out which address a request comes from. Of a connection from a trusted proxy that is what the proxy says in
 * {@code X-Forwarded-For}; further trusted proxies are passed over, from the last one on. Everybody else could write anything there,
 * and is who has connected.
 *
 * <p>The header {@code Forwarded} (RFC 7239) is not read: a proxy that writes one of the two passes the other on as a stranger wrote it.
 */
final class ClientAddress extends ValveBase {
    private static final String HEADER = "X-Forwarded-For";

    private final List<Network> trusted;

    ClientAddress(SandkeepProperties properties) {
        super(true);
        this.trusted = properties.trustedProxies();
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        request.setRemoteAddr(of(request.getPeerAddr(), Collections.list(request.getHeaders(HEADER)), trusted));
        getNext().invoke(request, response);
    }

    /**
     * The client's address.
     *
     * @param peer who has connected
     * @param headers what it says, each with any number of addresses separated by commas; every proxy adds one behind the others
     */
    static String of(String peer, List<String> headers, List<Network> trusted) {
        Optional<InetAddress> here = Network.literal(peer);
        if (trusted.isEmpty() || here.isEmpty()) {
            return peer;
        }
        List<String> said = headers.stream()
                .flatMap(header -> Arrays.stream(header.split(",", -1)))
                .toList();
        InetAddress client = here.get();
        for (int i = said.size() - 1; i >= 0 && trusted(client, trusted); i--) {
            Optional<InetAddress> before = address(said.get(i).strip());
            if (before.isEmpty()) {
                break;
            }
            client = before.get();
        }
        return client.equals(here.get()) ? peer : client.getHostAddress();
    }

    private static boolean trusted(InetAddress address, List<Network> networks) {
        return networks.stream().anyMatch(network -> network.contains(address));
    }

    /** With or without a port: {@code 192.0.2.1:1234}, {@code [2001:db8::1]:1234}. */
    private static Optional<InetAddress> address(String text) {
        if (text.startsWith("[") && text.contains("]")) {
            return Network.literal(text.substring(1, text.indexOf(']')));
        }
        int colon = text.indexOf(':');
        boolean port = colon >= 0 && colon == text.lastIndexOf(':');
        return Network.literal(port ? text.substring(0, colon) : text);
    }
}
