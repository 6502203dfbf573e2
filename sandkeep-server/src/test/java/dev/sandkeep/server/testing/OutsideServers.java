package dev.sandkeep.server.testing;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import no.nav.security.mock.oauth2.MockOAuth2Server;
import org.jspecify.annotations.Nullable;

/**
 * Servers of others that the shared server of tests talks to, each at a port that is taken when the server is told of it and that
 * answers from the first test on that asks for it: GreenMail for mail, mock-oauth2-server as an OpenID provider.
 */
public final class OutsideServers {
    /** What the OpenID provider calls itself in its addresses. */
    public static final String ISSUER = "people";

    private static final ServerSocket MAIL_PORT = reserve();
    private static final ServerSocket OPENID_PORT = reserve();
    private static @Nullable GreenMail mail;
    private static @Nullable MockOAuth2Server openId;

    private OutsideServers() {}

    static int mailPort() {
        return MAIL_PORT.getLocalPort();
    }

    static String issuer() {
        return "http://127.0.0.1:" + OPENID_PORT.getLocalPort() + "/" + ISSUER;
    }

    /** The SMTP server. */
    public static synchronized GreenMail mail() {
        GreenMail running = mail;
        if (running == null) {
            running = new GreenMail(new ServerSetup(free(MAIL_PORT), "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
            running.start();
            mail = running;
        }
        return running;
    }

    /** The OpenID provider: it signs in whom a test enqueues, without asking. */
    public static synchronized MockOAuth2Server openId() {
        MockOAuth2Server running = openId;
        if (running == null) {
            running = new MockOAuth2Server();
            running.start(InetAddress.getLoopbackAddress(), free(OPENID_PORT));
            openId = running;
        }
        return running;
    }

    private static ServerSocket reserve() {
        try {
            return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int free(ServerSocket reserved) {
        try {
            int port = reserved.getLocalPort();
            reserved.close();
            return port;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
