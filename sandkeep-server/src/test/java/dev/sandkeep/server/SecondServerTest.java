package dev.sandkeep.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.server.platform.boot.RunningServer;
import dev.sandkeep.server.testing.Browser;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.SignedInPeople;
import dev.sandkeep.server.testing.SignedInPeople.Someone;
import dev.sandkeep.server.testing.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Another server on the database of the first one, with little patience for slow clients. */
@ServerTest
class SecondServerTest {
    private static final String ME = "/api/v1/me";
    /** For so long another server may still believe what it knows. */
    private static final Duration BELIEVED = Duration.ofSeconds(5);

    @Autowired
    TestServer server;

    @Autowired
    SignedInPeople people;

    @Autowired
    JdbcClient jdbc;

    private ConfigurableApplicationContext other;
    private String address = "";

    @BeforeEach
    void startTheOther() {
        jdbc.sql("delete from sign_in_failures").update();
        other = SandkeepServer.start(server.another());
        address = other.getBean(RunningServer.class).address();
    }

    @AfterEach
    void stopTheOther() {
        other.close();
    }

    @Test
    void a_session_of_a_browser_counts_on_both_and_ends_on_both_and_slow_clients_are_let_go() throws Exception {
        Someone someone = people.owner();
        Browser here = people.browser(someone);
        Browser there = here.at(address);
        assertThat(there.get(ME).statusCode()).isEqualTo(200);
        assertThat(there.get("/").statusCode()).isEqualTo(200);

        assertThat(here.post("/sign-out").statusCode()).isEqualTo(303);
        ended(there);

        Browser again = people.browser(someone);
        Browser againThere = again.at(address);
        assertThat(againThere.get(ME).statusCode()).isEqualTo(200);
        String session = someone.tenant().api().get("/account/sessions").text("items.0.id");
        assertThat(someone.tenant().api().delete("/account/sessions/" + session).status())
                .isEqualTo(204);
        ended(againThere);

        slowClientsAreLetGo();
    }

    private static void ended(Browser browser) {
        await("the end of the session on the other server")
                .atMost(BELIEVED.plus(SandboxLab.PATIENCE))
                .until(() -> browser.get(ME).statusCode() == 401);
    }

    /** Half a header, and half a body: each connection is closed by the server, which goes on answering others. */
    private void slowClientsAreLetGo() throws IOException {
        int port = URI.create(address).getPort();
        String head = "POST /api/v1/invitations/accept HTTP/1.1\r\nHost: 127.0.0.1\r\n";
        try (Socket header = send(port, head + "X-Slow: ");
                Socket body =
                        send(port, head + "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"token\":")) {
            assertThat(header.getInputStream().readAllBytes().length).isLessThan(1000);
            assertThat(new String(body.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .doesNotStartWith("HTTP/1.1 2");
        }
        assertThat(server.browser().at(address).get("/api/v1/health").statusCode())
                .isEqualTo(200);
    }

    private static Socket send(int port, String text) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) SandboxLab.PATIENCE.toMillis());
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
        return socket;
    }
}
