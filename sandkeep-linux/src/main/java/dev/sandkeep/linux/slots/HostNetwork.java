package dev.sandkeep.linux.slots;

import dev.sandkeep.linux.files.Command;
import java.io.File;
import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * The host's side of the sandboxes' network: one point-to-point link for each sandbox, and one nftables table for each
 * installation.
 *
 * <p>There is no bridge, so sandboxes share no segment. The table lets a sandbox out to the world by NAT, and refuses what
 * goes to another sandbox, to the host itself, to link-local addresses (cloud metadata) or what carries a source address that
 * is not the sandbox's own. Chains of other programs still apply; where Docker made the forward chain's policy "drop", the
 * accept rules stand in its {@code DOCKER-USER} chain too.
 */
public final class HostNetwork {
    private static final Duration COMMAND = Duration.ofSeconds(20);
    /** Starts the name of every link on a host, whatever the installation. */
    public static final String LINK_PREFIX = "sndk";

    private final String installation;
    private final Subnet subnet;
    private final int mtu;

    /**
     * @param installation names the links and the table
     * @param subnet {@code a.b.0.0/16}
     */
    public HostNetwork(String installation, String subnet) {
        this.installation = installation;
        this.subnet = Subnet.parse(subnet);
        this.mtu = hostMtu();
    }

    Subnet subnet() {
        return subnet;
    }

    /** The smallest packet size of the host's own links: what leaves the sandbox must fit through them. */
    private static int hostMtu() {
        try {
            return NetworkInterface.networkInterfaces()
                    .filter(link -> !link.getName().startsWith(LINK_PREFIX))
                    .mapToInt(HostNetwork::mtu)
                    .filter(mtu -> mtu >= 1280 && mtu <= 1500)
                    .min()
                    .orElse(1500);
        } catch (SocketException e) {
            return 1500;
        }
    }

    private static int mtu(NetworkInterface link) {
        try {
            return link.isUp() && !link.isLoopback() ? link.getMTU() : 0;
        } catch (SocketException e) {
            return 0;
        }
    }

    private String table() {
        return "sandkeep_" + installation;
    }

    private String links() {
        return LINK_PREFIX + installation.substring(0, 4);
    }

    String link(int slot) {
        return links() + slot;
    }

    /**
     * Puts the installation's rules in force, replacing what stood there, and turns on forwarding.
     *
     * @param dnsPort where the DNS forwarder of this process listens; empty when sandboxes ask the host's resolvers directly
     */
    public void open(OptionalInt dnsPort) {
        SlotPool.mustSucceed(List.of("nft", "-f", "-"), rules(dnsPort));
        allowThroughDocker();
        Path forwarding = Path.of("/proc/sys/net/ipv4/ip_forward");
        try {
            if (!Files.readString(forwarding).strip().equals("1")) {
                Files.writeString(forwarding, "1");
            }
        } catch (IOException e) {
            throw new IllegalStateException("net.ipv4.ip_forward could not be set to 1", e);
        }
    }

    private String rules(OptionalInt dnsPort) {
        String dnsRedirect = dnsPort.isPresent()
                ? "iifname \"%1$s*\" meta l4proto { tcp, udp } th dport 53 redirect to :%2$d"
                        .formatted(links(), dnsPort.getAsInt())
                : "";
        String dnsAccept = dnsPort.isPresent() ? """
                  iifname "%1$s*" meta l4proto { tcp, udp } th dport %2$d accept
                  iifname != "lo" meta l4proto { tcp, udp } th dport %2$d drop
                  """.formatted(links(), dnsPort.getAsInt()) : "";
        return """
                table inet %1$s {}
                delete table inet %1$s
                table inet %1$s {
                  chain prerouting {
                    type filter hook prerouting priority raw; policy accept;
                    iifname "%2$s*" meta nfproto ipv6 drop
                    iifname "%2$s*" fib saddr . iif oif missing drop
                  }
                  chain resolver {
                    type nat hook prerouting priority dstnat; policy accept;
                    %4$s
                  }
                  chain input {
                    type filter hook input priority -10; policy accept;
                    iifname "%2$s*" ct state established,related accept
                    %5$s
                    iifname "%2$s*" drop
                  }
                  chain forward {
                    type filter hook forward priority -10; policy accept;
                    iifname "%2$s*" jump leaving
                    oifname "%2$s*" ct state established,related accept
                    oifname "%2$s*" drop
                  }
                  chain leaving {
                    oifname "%6$s*" drop
                    ip daddr { 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 224.0.0.0/4, 240.0.0.0/4 } drop
                    tcp flags syn tcp option maxseg size set rt mtu
                    accept
                  }
                  chain postrouting {
                    type nat hook postrouting priority srcnat; policy accept;
                    ip saddr %3$s oifname != "%6$s*" masquerade
                  }
                }
                """.formatted(table(), links(), subnet, dnsRedirect, dnsAccept, LINK_PREFIX);
    }

    private void allowThroughDocker() {
        Command chain = nft("list", "chain", "ip", "filter", "DOCKER-USER");
        if (chain.succeeded() && !chain.output().contains(table())) {
            for (String side : List.of("iifname", "oifname")) {
                Command.run(
                        List.of("nft", "-f", "-"),
                        "insert rule ip filter DOCKER-USER %s \"%s*\" accept comment \"%s\"\n"
                                .formatted(side, links(), table()),
                        COMMAND);
            }
        }
    }

    private static Command nft(String... words) {
        List<String> command = new ArrayList<>(List.of("nft"));
        command.addAll(List.of(words));
        return Command.run(command, COMMAND);
    }

    /** Takes the installation's rules away; for when no sandbox of it is left. */
    public void remove() {
        nft("delete", "table", "inet", table());
        Command chain = nft("-a", "list", "chain", "ip", "filter", "DOCKER-USER");
        chain.output()
                .lines()
                .filter(line -> line.contains(table()) && line.contains("# handle "))
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .forEach(handle -> nft("delete", "rule", "ip", "filter", "DOCKER-USER", "handle", handle));
    }

    /** Makes the link of a slot, its inner end named {@code eth0} in the network namespace {@code namespace}. */
    void addLink(int slot, String namespace) {
        SlotPool.mustSucceed(
                List.of("ip", "-batch", "-"), """
                link add %1$s mtu %2$d type veth peer name eth0 mtu %2$d netns %3$s
                link set %1$s addrgenmode none up
                address add %4$s/31 dev %1$s
                """.formatted(link(slot), mtu, namespace, subnet.gateway(slot)));
        SlotPool.mustSucceed(List.of("nsenter", "--net=" + namespace, "ip", "-batch", "-"), """
                link set lo up
                link set eth0 addrgenmode none up
                address add %s/31 dev eth0
                route add default via %s
                """.formatted(
                        subnet.address(slot), subnet.gateway(slot)));
    }

    /** Removes the link of a slot. Does nothing when it is gone, which it is once its network namespace is. */
    void removeLink(int slot) {
        if (Files.exists(Path.of("/sys/class/net", link(slot)))) {
            Command.run(List.of("ip", "link", "delete", link(slot)), COMMAND);
        }
    }

    /** The links of this installation that exist, by interface name. */
    public List<String> existingLinks() {
        String[] names = new File("/sys/class/net").list((directory, name) -> name.startsWith(links()));
        return names == null ? List.of() : List.of(names);
    }
}
