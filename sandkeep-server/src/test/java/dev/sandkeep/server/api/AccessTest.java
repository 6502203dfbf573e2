package dev.sandkeep.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.platform.security.OpenToAll;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Scope;
import dev.sandkeep.server.testing.ApiClient.Answer;
import dev.sandkeep.server.testing.ForgottenController;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

@ServerTest
class AccessTest {
    @Autowired
    TestServer server;

    @Autowired
    @Qualifier("requestMappingHandlerMapping")
    RequestMappingHandlerMapping handlers;

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

    @Test
    void every_operation_names_its_permission() {
        assertThat(handlers.getHandlerMethods().values())
                .filteredOn(method -> method.getBeanType().getName().startsWith("dev.sandkeep."))
                .filteredOn(method -> !method.getBeanType().equals(ForgottenController.class))
                .isNotEmpty()
                .allSatisfy(method -> assertThat(method.hasMethodAnnotation(Requires.class)
                                ^ method.hasMethodAnnotation(OpenToAll.class))
                        .as("%s has either @Requires or @OpenToAll", method)
                        .isTrue());
    }

    @Test
    void an_operation_without_a_permission_is_refused() {
        Answer answer = server.operator().api().root(ForgottenController.PATH);
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.text("code")).isEqualTo("forbidden");
    }

    @Test
    void a_command_over_a_websocket_needs_the_permission_too() {
        TestServer.Tenant owner = server.newOrganization();
        TestServer.Tenant reader = server.newMember(owner.caller().organizationId(), Role.OWNER, Set.of(Scope.READ));
        String target = "/api/v1/sessions/any/exec";
        String upgrade = "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"
                + "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer ";
        assertThat(head("GET " + target + " HTTP/1.1\r\nHost: x" + upgrade + reader.key() + "\r\n\r\n"))
                .startsWith("HTTP/1.1 403");
        assertThat(head("GET " + target + " HTTP/1.1\r\nHost: x" + upgrade + owner.key() + "\r\n\r\n"))
                .startsWith("HTTP/1.1 101");
    }

    private String head(String request) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readNBytes(12), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private String raw(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
