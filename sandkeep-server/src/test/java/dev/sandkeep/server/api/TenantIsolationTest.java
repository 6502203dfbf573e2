package dev.sandkeep.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Scope;
import dev.sandkeep.server.sessions.SessionDetails;
import dev.sandkeep.server.testing.ApiClient;
import dev.sandkeep.server.testing.ApiClient.Answer;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.server.testing.TestServer.Tenant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Walks docs/openapi.json and calls every operation as those who must not get in. A new operation is walked by itself; one whose
 * path or body this test cannot fill in fails it: teach {@link #BODIES} or {@link #strange}.
 */
@ServerTest
class TenantIsolationTest {
    private static final Pattern PARAMETER = Pattern.compile("\\{(\\w+)}");
    private static final String TREASURE = "treasure";

    /** A valid body for each operation that wants one. */
    private static final Map<String, String> BODIES = Map.ofEntries(
            Map.entry("createProfile", "{\"name\":\"own\"}"),
            Map.entry("putDraft", "{\"baseImage\":{\"debian\":\"bookworm\"}}"),
            Map.entry("putSchedule", "{\"cron\":\"0 3 * * *\"}"),
            Map.entry("createSession", "{\"profile\":\"{profile}\"}"),
            Map.entry("rollbackSession", "{\"checkpoint\":\"{checkpoint}\"}"),
            Map.entry("importVolume", "[]"),
            Map.entry("exec", "{\"command\":[\"true\"]}"),
            Map.entry("putSandboxSettings", "{\"allowPersistentSandboxes\":false}"),
            Map.entry("renameOrganization", "{\"name\":\"own\"}"),
            Map.entry("deleteOrganization", "{\"name\":\"not its name\"}"),
            Map.entry("putQuotas", "{}"),
            Map.entry("putCeilingsOfOrganization", "{}"),
            Map.entry("createOrganization", "{\"name\":\"own\"}"),
            Map.entry("createApiKey", "{\"name\":\"own\",\"scopes\":[\"read\"]}"),
            Map.entry("createServiceAccount", "{\"name\":\"own\",\"role\":\"member\"}"),
            Map.entry("createServiceAccountKey", "{\"name\":\"own\",\"scopes\":[\"read\"]}"),
            Map.entry("putMemberRole", "{\"role\":\"admin\"}"),
            Map.entry(
                    "changePassword",
                    "{\"currentPassword\":\"correct horse battery\",\"newPassword\":\"staple battery horse\"}"),
            Map.entry("beginSecondFactor", "{\"password\":\"correct horse battery\"}"),
            Map.entry("confirmSecondFactor", "{\"code\":\"000000\"}"),
            Map.entry("newRecoveryCodes", "{\"password\":\"correct horse battery\"}"),
            Map.entry("removeSecondFactor", "{\"password\":\"correct horse battery\"}"),
            Map.entry("createPasswordReset", "{}"),
            Map.entry("createInvitation", "{\"role\":\"member\"}"),
            Map.entry("acceptInvitation", "{\"token\":\"ski_none\",\"name\":\"nobody\"}"));

    @Autowired
    TestServer server;

    @Autowired
    SandboxLab lab;

    @Autowired
    Ids ids;

    @Autowired
    JsonMapper json;

    private record Operation(
            String method, String path, String id, String contentType, Optional<Permission> permission) {
        boolean namesThings() {
            return PARAMETER.matcher(path).find()
                    || id.equals("importVolume")
                    || BODIES.getOrDefault(id, "").contains("{profile}");
        }

        @Override
        public String toString() {
            return id + " (" + method + " " + path + ")";
        }
    }

    @Test
    void without_a_key_everything_that_needs_a_permission_answers_401() throws IOException {
        Map<String, String> nothing = strange();
        for (Operation operation : operations()) {
            Answer answer = call(server.client(""), operation, nothing);
            if (operation.permission().isPresent()) {
                assertThat(answer.status()).as("%s", operation).isEqualTo(401);
            } else {
                assertThat(answer.status()).as("%s", operation).isNotIn(401, 403);
            }
        }
    }

    @Test
    void what_belongs_to_another_organization_answers_404() throws Exception {
        Tenant victim = server.newOrganization();
        Map<String, String> things = things(victim);
        Tenant stranger = server.newOrganization();
        stranger.api().put("/settings/sandboxes", "{\"allowPersistentSandboxes\":true}");
        for (Operation operation : operations()) {
            Answer answer = call(stranger.api(), operation, things);
            assertThat(answer.text()).as("%s", operation).doesNotContain(TREASURE);
            if (operation.permission().filter(Permission::ofTheServer).isPresent()) {
                assertThat(answer.status()).as("%s", operation).isEqualTo(403);
            } else if (operation.namesThings()) {
                assertThat(answer.status())
                        .as("%s: %s", operation, answer.text())
                        .isEqualTo(404);
            }
        }
        assertThat(call(victim.api(), operation("getSession"), things).text("sandbox.state"))
                .as("nothing was done to it")
                .isEqualTo("running");
        assertThat(call(victim.api(), operation("getProfile"), things).text("name"))
                .isEqualTo(TREASURE);
    }

    @Test
    void a_read_only_key_of_an_owner_only_reads() throws IOException {
        Tenant owner = server.newOrganization();
        Tenant reader =
                server.newKey(owner.caller().organizationId(), owner.caller().actor(), Set.of(Scope.READ));
        assertTable(() -> reader.api(), Role.OWNER, Set.of(Scope.READ));
    }

    @Test
    void every_key_of_one_scope_does_what_the_table_says() throws IOException {
        for (Scope scope : List.of(Scope.SESSIONS, Scope.PROFILES)) {
            Tenant owner = server.newOrganization();
            Tenant key = server.newKey(
                    owner.caller().organizationId(), owner.caller().actor(), Set.of(scope));
            assertTable(() -> key.api(), Role.OWNER, Set.of(scope));
        }
    }

    @Test
    void a_members_key_does_what_the_table_says() throws IOException {
        String organization = server.newOrganization().caller().organizationId();
        // A new one each time: one of the operations is to leave.
        assertTable(() -> server.newMember(organization, Role.MEMBER, Scope.ALL).api(), Role.MEMBER, Scope.ALL);
    }

    @Test
    void an_admins_key_does_what_the_table_says() throws IOException {
        String organization = server.newOrganization().caller().organizationId();
        assertTable(() -> server.newMember(organization, Role.ADMIN, Scope.ALL).api(), Role.ADMIN, Scope.ALL);
    }

    private interface Client {
        ApiClient get();
    }

    private void assertTable(Client client, Role role, Set<Scope> scopes) throws IOException {
        Map<String, String> nothing = strange();
        for (Operation operation : operations()) {
            if (operation.permission().isEmpty()) {
                continue;
            }
            Permission permission = operation.permission().get();
            boolean allowed = permission.allows(role) && permission.allows(scopes) && !permission.ofTheServer();
            Answer answer = call(client.get(), operation, nothing);
            if (allowed) {
                assertThat(answer.status())
                        .as("%s: %s", operation, answer.text())
                        .isNotIn(401, 403)
                        .isLessThan(500);
            } else {
                assertThat(answer.status()).as("%s", operation).isEqualTo(403);
                assertThat(answer.text("permission")).as("%s", operation).isEqualTo(permission.text());
            }
        }
    }

    private static Answer call(ApiClient client, Operation operation, Map<String, String> things) {
        String path = operation.path().replaceFirst("^/api/v1", "");
        Matcher parameter = PARAMETER.matcher(path);
        StringBuilder filled = new StringBuilder();
        while (parameter.find()) {
            String thing = things.get(parameter.group(1));
            assertThat(thing)
                    .as("what to put for {%s} in %s", parameter.group(1), operation)
                    .isNotNull();
            parameter.appendReplacement(filled, thing);
        }
        parameter.appendTail(filled);
        String body = BODIES.getOrDefault(operation.id(), "")
                .replace("{profile}", things.getOrDefault("profile", ""))
                .replace("{checkpoint}", things.getOrDefault("checkpoint", ""));
        String query = operation.id().equals("importVolume") ? "?profile=" + things.get("profile") : "";
        ApiClient there = operation.path().startsWith("/api/") ? client : client.outside();
        return there.send(operation.method(), filled + query, body, "Content-Type", operation.contentType());
    }

    /** Ids of the right form that name nothing. */
    private Map<String, String> strange() {
        return new HashMap<>(Map.ofEntries(
                Map.entry("organization", ids.next(Ids.Kind.ORGANIZATION)),
                Map.entry("profile", ids.next(Ids.Kind.PROFILE)),
                Map.entry("number", "1"),
                Map.entry("session", ids.next(Ids.Kind.SESSION)),
                Map.entry("snapshot", ids.next(Ids.Kind.SNAPSHOT)),
                Map.entry("other", ids.next(Ids.Kind.SNAPSHOT)),
                Map.entry("job", ids.next(Ids.Kind.SNAPSHOT_JOB)),
                Map.entry("volume", ids.next(Ids.Kind.VOLUME)),
                Map.entry("checkpoint", ids.next(Ids.Kind.CHECKPOINT)),
                Map.entry("key", ids.next(Ids.Kind.API_KEY)),
                Map.entry("account", ids.next(Ids.Kind.SERVICE_ACCOUNT)),
                Map.entry("member", ids.next(Ids.Kind.MEMBER)),
                Map.entry("webSession", ids.next(Ids.Kind.WEB_SESSION)),
                Map.entry("invitation", ids.next(Ids.Kind.INVITATION))));
    }

    /** Ids of things that an organization really has, all called {@link #TREASURE} where they have a name. */
    private Map<String, String> things(Tenant of) throws InterruptedException {
        ApiClient api = of.api();
        Answer profile = api.post(
                "/profiles", "{\"name\":\"" + TREASURE + "\",\"spec\":{\"baseImage\":{\"debian\":\"bookworm\"}}}");
        assertThat(profile.status()).as(profile.text()).isEqualTo(201);
        assertThat(api.post("/profiles/" + TREASURE + "/publish", "").status()).isEqualTo(201);
        String job = lab.ended(of.caller(), lab.newestJob(of.caller(), TREASURE).id())
                .id();
        api.put("/profiles/" + TREASURE + "/draft", BODIES.getOrDefault("putDraft", ""));
        SessionDetails session = lab.start(of.caller(), TREASURE);
        String snapshot = api.get("/snapshots").text("items.0.id");
        Map<String, String> things = strange();
        things.putAll(Map.of(
                "profile",
                profile.text("id"),
                "session",
                session.session().id(),
                "snapshot",
                snapshot,
                "other",
                snapshot,
                "job",
                job,
                "member",
                of.caller().actor()));
        things.put("organization", of.caller().organizationId());
        things.put("account", made(api, "/service-accounts", "{\"name\":\"treasure\",\"role\":\"member\"}", "id"));
        things.put("key", made(api, "/api-keys", "{\"name\":\"treasure\",\"scopes\":[\"read\"]}", "key.id"));
        things.put(
                "invitation",
                made(api, "/invitations", "{\"role\":\"member\",\"email\":\"treasure@x\"}", "invitation.id"));
        return things;
    }

    private static String made(ApiClient api, String path, String body, String id) {
        Answer answer = api.post(path, body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.text(id);
    }

    private Operation operation(String id) throws IOException {
        return operations().stream()
                .filter(it -> it.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private List<Operation> operations() throws IOException {
        List<Operation> operations = new ArrayList<>();
        JsonNode paths = json.readTree(Files.readString(Path.of("..", "docs", "openapi.json")))
                .get("paths");
        for (Map.Entry<String, JsonNode> path : paths.properties()) {
            for (Map.Entry<String, JsonNode> method : path.getValue().properties()) {
                JsonNode operation = method.getValue();
                String id = operation.get("operationId").stringValue();
                boolean wantsBody =
                        operation.path("requestBody").path("required").asBoolean(false);
                assertThat(!wantsBody || BODIES.containsKey(id))
                        .as("a body for the operation %s", id)
                        .isTrue();
                operations.add(new Operation(
                        method.getKey().toUpperCase(Locale.ROOT),
                        path.getKey(),
                        id,
                        contentType(operation),
                        permission(operation.path("x-permission").asString(""))));
            }
        }
        assertThat(operations).hasSizeGreaterThan(50);
        return operations;
    }

    private static String contentType(JsonNode operation) {
        return operation
                .path("requestBody")
                .path("content")
                .propertyStream()
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse("application/json");
    }

    private static Optional<Permission> permission(String text) {
        return text.isEmpty()
                ? Optional.empty()
                : Optional.of(Arrays.stream(Permission.values())
                        .filter(it -> it.text().equals(text))
                        .findFirst()
                        .orElseThrow());
    }
}
