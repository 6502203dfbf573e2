package dev.sandkeep.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.testing.ApiClient;
import dev.sandkeep.server.testing.ApiClient.Answer;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TestServer;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

@ServerTest
class EventApiTest {
    @Autowired
    TestServer server;

    TestServer.Tenant tenant;
    ApiClient api;

    @BeforeEach
    void ownOrganization() {
        tenant = server.newOrganization();
        api = tenant.api();
    }

    @Test
    void every_change_is_logged_with_who_what_and_when() {
        String id = api.post("/profiles", "{\"name\":\"web\"}").text("id");
        api.post("/profiles/web/publish", "");
        api.put("/settings/sandboxes", "{\"allowPersistentSandboxes\":true}");
        api.put("/settings/sandboxes", "{\"allowPersistentSandboxes\":true}");
        Answer all = api.get("/events");
        assertThat(StreamSupport.stream(all.body().get("items").spliterator(), false)
                        .map(event -> event.get("action").stringValue()))
                .startsWith("created", "published")
                .filteredOn(action -> action.equals("persistent_sandboxes_set"))
                .hasSize(1);
        assertThat(all.text("items.0.actor")).isEqualTo(tenant.caller().actor());
        assertThat(all.text("items.0.subjectId")).isEqualTo(id);
        assertThat(api.get("/events?subject=" + tenant.caller().organizationId())
                        .text("items.0.to"))
                .isEqualTo("allowed");
    }

    @Test
    void events_are_read_page_by_page_without_a_gap() {
        api.post("/profiles", "{\"name\":\"a\"}");
        api.post("/profiles", "{\"name\":\"b\"}");
        Answer first = api.get("/events?limit=1");
        Answer second = api.get("/events?limit=1&cursor=" + first.text("nextCursor"));
        assertThat(first.text("items.0.detail") + second.text("items.0.detail")).isEqualTo("ab");
    }

    @Test
    void a_stream_sends_what_was_what_comes_and_goes_on_after_the_last_id() {
        api.post("/profiles", "{\"name\":\"a\"}");
        String lastId;
        try (Stream<String> lines = api.stream("/events")) {
            Iterator<String> stream = lines.iterator();
            assertThat(nextEvent(stream).get(2)).contains("\"detail\":\"a\"");
            api.post("/profiles", "{\"name\":\"b\"}");
            List<String> event = nextEvent(stream);
            assertThat(event.get(1)).isEqualTo("event: change");
            assertThat(event.get(2)).contains("\"detail\":\"b\"");
            lastId = event.getFirst().substring("id: ".length());
        }
        api.post("/profiles", "{\"name\":\"c\"}");
        try (Stream<String> lines = api.stream("/events", "Last-Event-ID", lastId)) {
            assertThat(nextEvent(lines.iterator()).get(2)).contains("\"detail\":\"c\"");
        }
    }

    private static List<String> nextEvent(Iterator<String> lines) {
        String line = lines.next();
        while (!line.startsWith("id:")) {
            line = lines.next();
        }
        return List.of(line, lines.next(), lines.next());
    }
}
