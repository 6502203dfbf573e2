package dev.sandkeep.spi;

/**
 * Where the root file system that a plan starts from comes from. Registry images and tar files become further
 * alternatives here; a provider answers {@link BaseImageOutcome.Unavailable} for one that it cannot make.
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
}
