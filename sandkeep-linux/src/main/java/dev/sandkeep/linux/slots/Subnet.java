package dev.sandkeep.linux.slots;

/**
 * The IPv4 block from which every sandbox's link takes two addresses.
 *
 * @param first the block's first address as a number; the block is a /16
 */
record Subnet(int first) {
    /** Reads {@code a.b.0.0/16}. */
    static Subnet parse(String text) {
        java.util.regex.Matcher matcher = java.util.regex.Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.0\\.0/16")
                .matcher(text);
        if (!matcher.matches()
                || Integer.parseInt(matcher.group(1)) > 223
                || Integer.parseInt(matcher.group(2)) > 255) {
            throw new IllegalArgumentException("network must look like 10.213.0.0/16, was '" + text + "'");
        }
        return new Subnet(Integer.parseInt(matcher.group(1)) << 24 | Integer.parseInt(matcher.group(2)) << 16);
    }

    /** The host's end of a slot's link. */
    String gateway(int slot) {
        return dotted(first + 2 * slot);
    }

    /** The sandbox's end of a slot's link. */
    String address(int slot) {
        return dotted(first + 2 * slot + 1);
    }

    private static String dotted(int address) {
        return (address >>> 24) + "." + (address >>> 16 & 255) + "." + (address >>> 8 & 255) + "." + (address & 255);
    }

    @Override
    public String toString() {
        return dotted(first) + "/16";
    }
}
