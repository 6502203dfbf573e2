package dev.sandkeep.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.testing.ApiClient.Answer;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

@ServerTest
class AccessTest {
    @Autowired
    TestServer server;

    @Test
    void health_answers_without_a_key() {
        Answer answer = server.client("").get("/health");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text("status")).isEqualTo("up");
    }

    @Test
    void nothing_else_answers_without_a_key() {
        for (String path : new String[] {"/profiles", "/openapi.json", "/no/such/thing", "/health/more"}) {
            Answer answer = server.client("").get(path);
            assertThat(answer.status()).as(path).isEqualTo(401);
            assertThat(answer.text("code")).isEqualTo("api_key_missing");
            assertThat(answer.text("nextStep")).isNotEmpty();
            assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("application/problem+json");
            assertThat(answer.headers().firstValue("WWW-Authenticate")).contains("Bearer");
        }
    }

    @Test
    void a_wrong_key_is_told_apart_from_none() {
        Answer answer = server.client("skp_" + "x".repeat(43)).get("/profiles");
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.text("code")).isEqualTo("api_key_invalid");
    }

    @Test
    void an_unknown_endpoint_is_a_problem_document() {
        Answer answer = server.newOrganization().api().get("/no/such/thing");
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.text("code")).isEqualTo("endpoint_not_found");
        assertThat(answer.text("type")).isEqualTo("urn:sandkeep:problem:endpoint_not_found");
    }

    @Test
    void requests_that_never_reach_a_controller_are_problem_documents_too() throws IOException {
        String key = server.newOrganization().key();
        for (String target : List.of(
                "/api/v1/profiles/%",
                "/api/v1//profiles", "/api/v1/profiles;a=b", "/api/v1/profiles/../x%2f", "/api/v1/a|b")) {
            String answer = raw("GET " + target + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + key
                    + "\r\nConnection: close\r\n\r\n");
            assertThat(answer)
                    .as(target)
                    .startsWith("HTTP/1.1 4")
                    .contains("application/problem+json")
                    .contains("nextStep");
        }
        assertThat(raw("nonsense\r\n\r\n")).startsWith("HTTP/1.1 400").contains("\"code\":\"bad_request\"");
    }

    private String raw(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
