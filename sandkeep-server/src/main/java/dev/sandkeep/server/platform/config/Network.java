package dev.sandkeep.server.platform.config;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A block of addresses, as {@code 10.0.0.0/8}, {@code fd00::/8} or one address. An IPv4 address that is written as an IPv6 one
 * ({@code ::ffff:192.0.2.7}) is the IPv4 address.
 *
 * @param address its first bytes, as many as the family has
 * @param prefix how many bits all addresses of it have in common
 */
public record Network(InetAddress address, int prefix) {
    /** Java also takes fewer of them. */
    private static final Pattern FOUR_NUMBERS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

    /** Those that {@code value} names, separated by commas; empty when one of them is malformed. */
    static Optional<List<Network>> list(String value) {
        List<Optional<Network>> networks = Arrays.stream(value.split(",", -1))
                .map(String::strip)
                .filter(text -> !text.isEmpty())
                .map(Network::of)
                .toList();
        return networks.stream().allMatch(Optional::isPresent)
                ? Optional.of(networks.stream().map(Optional::orElseThrow).toList())
                : Optional.empty();
    }

    static boolean areNetworks(String value) {
        return list(value).isPresent();
    }

    private static Optional<Network> of(String text) {
        int slash = text.indexOf('/');
        Optional<InetAddress> address = literal(slash < 0 ? text : text.substring(0, slash));
        if (address.isEmpty()) {
            return Optional.empty();
        }
        int bits = address.get().getAddress().length * Byte.SIZE;
        if (slash < 0) {
            return Optional.of(new Network(address.get(), bits));
        }
        String length = text.substring(slash + 1);
        return length.matches("\\d{1,3}") && Integer.parseInt(length) <= bits
                ? Optional.of(new Network(address.get(), Integer.parseInt(length)))
                : Optional.empty();
    }

    /** An address that is written as numbers; names are not looked up. */
    public static Optional<InetAddress> literal(String text) {
        if (!text.contains(":") && !FOUR_NUMBERS.matcher(text).matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException malformed) {
            return Optional.empty();
        }
    }

    /** Whether it is one of these. */
    public boolean contains(InetAddress other) {
        byte[] own = address.getAddress();
        byte[] theirs = other.getAddress();
        if (own.length != theirs.length) {
            return false;
        }
        for (int bit = 0; bit < prefix; bit++) {
            int mask = 0x80 >> (bit % Byte.SIZE);
            if (((own[bit / Byte.SIZE] ^ theirs[bit / Byte.SIZE]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }
}
