package dev.sandkeep.server.platform;

/** Which version of Sandkeep runs. */
public final class ServerVersion {
    private ServerVersion() {}

    /** As the jar says; {@code development} outside of one. */
    public static String text() {
        String version = ServerVersion.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
