package dev.sandkeep.spi;

import java.util.regex.Pattern;

/**
 * Where the root file system that a plan starts from comes from. A provider answers {@link BaseImageOutcome.Unavailable} for one
 * that it cannot make.
 *
 * <p>Every alternative says <em>what</em>, and never how to be let in: credentials are the provider's own settings.
 */
public sealed interface BaseImageSource {
    /**
     * A minimal Debian system from Debian's own archive.
     *
     * @param suite a release name such as {@code bookworm}
     */
    record Debian(String suite) implements BaseImageSource {
        public Debian {
            Names.requireSafe("Debian suite", suite);
        }
    }

    /**
     * An image of a container registry, for Linux on this host's processor.
     *
     * @param reference {@code [host[:port]/]repository[:tag][@sha256:…]}, as Docker writes it: without a host it is one of Docker
     *     Hub's, without tag and digest it is {@code latest}, and with a digest exactly that content, whatever the tag
     */
    record Registry(String reference) implements BaseImageSource {
        private static final String NAME = "[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*";
        private static final String HOST =
                "(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[0-9a-fA-F:]+])(?::[0-9]{1,5})?";
        private static final Pattern REFERENCE = Pattern.compile("(?:" + HOST + "/)?" + NAME + "(?:/" + NAME
                + ")*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?");

        public Registry {
            if (!isReference(reference)) {
                throw new IllegalArgumentException("not a reference to an image: '" + reference + "'");
            }
        }

        /** Whether {@code text} has the form of a reference. */
        public static boolean isReference(String text) {
            return text.length() <= 512 && REFERENCE.matcher(text).matches();
        }
    }

    /**
     * A root file system in a tar archive, plain or compressed with gzip, zstd or xz.
     *
     * @param location an {@code https:} or {@code http:} address, or an absolute path on the provider's host
     * @param sha256 of the archive as it lies there: 64 hexadecimal digits
     */
    record Tar(String location, String sha256) implements BaseImageSource {
        private static final Pattern LOCATION = Pattern.compile("https?://[^\\s\\p{Cntrl}]+|/[^\\p{Cntrl}]+");
        private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

        public Tar {
            if (!isLocation(location)) {
                throw new IllegalArgumentException("neither an address nor an absolute path: '" + location + "'");
            }
            if (!isSha256(sha256)) {
                throw new IllegalArgumentException("not 64 hexadecimal digits: '" + sha256 + "'");
            }
        }

        /** Whether {@code text} is an address or an absolute path. */
        public static boolean isLocation(String text) {
            return text.length() <= 2048 && LOCATION.matcher(text).matches();
        }

        /** Whether {@code text} has the form of a digest, in lower case. */
        public static boolean isSha256(String text) {
            return SHA256.matcher(text).matches();
        }
    }
}
