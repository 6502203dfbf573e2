package dev.sandkeep.cli.client;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The server refused a request, and said why with a problem document (RFC 9457). */
public final class ApiProblem extends Failure {
    private final transient ObjectNode document;
    private final int status;

    /**
     * One mistake in what was sent.
     *
     * @param field the dotted path of the field, e.g. {@code files[0].mode}
     * @param code stable word for the kind of mistake
     * @param message one sentence
     */
    public record FieldError(String field, String code, String message) {}

    private ApiProblem(int status, ObjectNode document) {
        super(sentence(status, document), document.path("nextStep").asString(""));
        this.status = status;
        this.document = document;
    }

    /** The problem that a server sent inside an answer that was already under way. */
    public static ApiProblem of(JsonNode problem) {
        ObjectNode document = problem instanceof ObjectNode object ? object : Json.object();
        return new ApiProblem(document.path("status").asInt(500), document);
    }

    /** Understands any error answer; a body that is no problem document is quoted. */
    static ApiProblem fromAnswer(int status, String body) {
        if (tryParse(body) instanceof ObjectNode document && document.has("status")) {
            return new ApiProblem(status, document);
        }
        ObjectNode made = Json.object().put("status", status).put("code", "http_" + status);
        String text = body.strip();
        made.put("detail", "the server answered HTTP " + status + (text.isEmpty() ? "" : ": " + shorten(text)));
        if (status == 401) {
            made.put("nextStep", "check the API key: --api-key, SANDKEEP_API_KEY or the file api-key in --data");
        }
        return new ApiProblem(status, made);
    }

    private static @Nullable JsonNode tryParse(String body) {
        try {
            return Json.parse(body);
        } catch (JacksonException notJson) {
            return null;
        }
    }

    private static String sentence(int status, JsonNode document) {
        String detail = document.path("detail").asString("");
        return detail.isEmpty() ? document.path("title").asString("the server answered HTTP " + status) : detail;
    }

    private static String shorten(String text) {
        return text.length() <= 300 ? text : text.substring(0, 300) + "…";
    }

    /** The stable code, e.g. {@code profile_version_not_usable}. */
    public String code() {
        return document.path("code").asString("unknown");
    }

    /** The HTTP status of the answer. */
    public int status() {
        return status;
    }

    /** Every mistake the server found in what was sent; empty when it is not about fields. */
    public List<FieldError> errors() {
        List<FieldError> found = new ArrayList<>();
        for (JsonNode error : document.path("errors")) {
            found.add(new FieldError(
                    error.path("field").asString(""),
                    error.path("code").asString(""),
                    error.path("message").asString("")));
        }
        return found;
    }

    @Override
    public ObjectNode document() {
        return document;
    }
}
