package dev.sandkeep.server.accounts;

/**
 * What an authenticator app is to be told.
 *
 * @param secret in Base32, to be typed
 * @param uri the same as apps read it from a link
 * @param qr the link as apps see it
 */
public record SecondFactorSecret(String secret, String uri, QrCode qr) {
    /** Shows no secret. */
    @Override
    public String toString() {
        return "SecondFactorSecret[]";
    }
}
