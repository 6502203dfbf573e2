package dev.sandkeep.server.dashboard;

import gg.jte.TemplateEngine;
import gg.jte.output.Utf8ByteOutput;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.View;

/** Makes pages from templates. A page is made whole before its first byte is sent, so that a failure still has a page of its own. */
@Component
public final class Pages {
    private final TemplateEngine engine;

    Pages(TemplateEngine engine) {
        this.engine = engine;
    }

    /** A page of the dashboard: the template has the parameters {@code frame} and {@code page}. */
    View page(String template, Frame frame, Object page) {
        return view(template, HttpStatus.OK, Map.of("frame", frame, "page", page));
    }

    /** Any template with its parameters. */
    public View view(String template, HttpStatus status, Map<String, Object> parameters) {
        return (model, request, response) -> {
            Utf8ByteOutput output = new Utf8ByteOutput();
            engine.render(template + ".jte", parameters, output);
            response.setStatus(status.value());
            response.setContentType(MediaType.TEXT_HTML_VALUE + ";charset=UTF-8");
            response.setHeader("Cache-Control", "no-store");
            response.setContentLength(output.getContentLength());
            output.writeTo(response.getOutputStream());
        };
    }
}
