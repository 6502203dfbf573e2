package dev.sandkeep.server.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.testing.ApiClient;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TestServer;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

@ServerTest
class OpenApiPageTest {
    @Autowired
    TestServer server;

    @Autowired
    JsonMapper json;

    @Test
    void the_description_is_that_of_the_controllers() throws IOException {
        ApiClient api = server.newOrganization().api();
        JsonNode description = json.readTree(api.root("/v3/api-docs").text());
        assertThat(description.get("openapi").stringValue()).startsWith("3.1");
        GeneratedPage.expect(
                "openapi.json",
                json.rebuild()
                                .enable(SerializationFeature.INDENT_OUTPUT)
                                .build()
                                .writeValueAsString(description) + "\n");
        if (!Boolean.getBoolean("sandkeep.docs.update")) {
            assertThat(api.get("/openapi.json").body())
                    .as("what the server answers")
                    .isEqualTo(description);
        }
    }
}
