package dev.sandkeep.cli.client;

/** Nothing answered at the server's address. */
public final class ServerUnreachable extends Failure {
    /** Made for every way in which a connection does not come about. */
    public ServerUnreachable(String message, String nextStep, Throwable cause) {
        super(message, nextStep, cause);
    }
}
