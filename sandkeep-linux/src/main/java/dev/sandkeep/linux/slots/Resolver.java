package dev.sandkeep.linux.slots;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * How sandboxes look names up.
 *
 * <p>A sandbox can ask the host's resolvers only if they are on other machines. One on a loopback address, or on any address of
 * the host itself, is out of its reach by design; then it asks its gateway, where a {@link DnsForwarder} passes the question
 * on.
 *
 * @param servers the host's resolvers, as the forwarder must use them
 * @param direct whether sandboxes can ask {@code servers} themselves
 * @param search the host's search list and options, as lines of resolv.conf
 */
public record Resolver(List<String> servers, boolean direct, List<String> search) {
    private static final int PORT = 53;
    private static final Path PLAIN = Path.of("/etc/resolv.conf");
    /** Where systemd-resolved writes the servers that stand behind its own on 127.0.0.53. */
    private static final Path BEHIND_SYSTEMD = Path.of("/run/systemd/resolve/resolv.conf");

    public Resolver {
        servers = List.copyOf(servers);
        search = List.copyOf(search);
    }

    /** What this host uses now. */
    public static Resolver ofHost() {
        return read(PLAIN, BEHIND_SYSTEMD);
    }

    static Resolver read(Path plain, Path behindSystemd) {
        Resolver configured = read(plain);
        if (!configured.direct() && configured.servers().contains("127.0.0.53")) {
            Resolver behind = read(behindSystemd);
            if (behind.direct()) {
                return behind;
            }
        }
        return configured;
    }

    private static Resolver read(Path file) {
        List<String> lines;
        try {
            lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            lines = List.of();
        }
        List<String> servers = lines.stream()
                .map(String::strip)
                .filter(line -> line.startsWith("nameserver"))
                .map(line -> line.substring("nameserver".length()).strip())
                .filter(server -> !server.isEmpty())
                .toList();
        List<String> rest = lines.stream()
                .map(String::strip)
                .filter(line -> line.startsWith("search") || line.startsWith("domain") || line.startsWith("options"))
                .toList();
        List<String> reachable = servers.stream().filter(Resolver::elsewhere).toList();
        // glibc's own rule: without any server, one on this host is meant.
        return reachable.isEmpty()
                ? new Resolver(servers.isEmpty() ? List.of("127.0.0.1") : servers, false, rest)
                : new Resolver(reachable, true, rest);
    }

    private static boolean elsewhere(String server) {
        try {
            InetAddress address = InetAddress.getByName(server);
            return address instanceof Inet4Address
                    && !address.isLoopbackAddress()
                    && !address.isAnyLocalAddress()
                    && !address.isLinkLocalAddress()
                    && NetworkInterface.getByInetAddress(address) == null;
        } catch (UnknownHostException | SocketException e) {
            return false;
        }
    }

    /** Where the forwarder asks. */
    public List<InetSocketAddress> addresses() {
        return servers.stream()
                .map(server -> new InetSocketAddress(server, PORT))
                .toList();
    }

    /** The resolv.conf of a sandbox whose gateway is {@code gateway}. */
    public String fileFor(String gateway) {
        StringBuilder file = new StringBuilder();
        search.forEach(line -> file.append(line).append('\n'));
        (direct ? servers : List.of(gateway))
                .forEach(server -> file.append("nameserver ").append(server).append('\n'));
        return file.toString();
    }
}
