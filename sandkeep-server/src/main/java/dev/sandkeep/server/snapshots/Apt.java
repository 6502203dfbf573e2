package dev.sandkeep.server.snapshots;

/** How scripts in a build's compute call apt: without the caches that it would leave in the snapshot. */
final class Apt {
    private static final String NO_CACHES = " -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=";

    static final String UPDATE = "apt-get -q" + NO_CACHES + " update";

    /** Takes the packages as further words. */
    static final String INSTALL = "apt-get -q" + NO_CACHES + " install -y --no-install-recommends";

    /** Takes the packages as further words. */
    static final String POLICY = "apt-cache" + NO_CACHES + " policy";

    private Apt() {}
}
