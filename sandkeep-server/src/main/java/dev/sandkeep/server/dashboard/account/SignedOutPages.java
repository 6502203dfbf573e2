package dev.sandkeep.server.dashboard.account;

import dev.sandkeep.server.dashboard.Assets;
import dev.sandkeep.server.dashboard.Pages;
import dev.sandkeep.server.platform.errors.FieldError;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.web.Problem;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.View;

/** Pages for people who are not signed in. */
@Component
class SignedOutPages {
    private final Pages pages;
    private final Assets assets;

    SignedOutPages(Pages pages, Assets assets) {
        this.pages = pages;
        this.assets = assets;
    }

    View form(String template, HttpStatus status, Object page) {
        return pages.view(template, status, Map.of("assets", assets, "page", page));
    }

    View forgotten(boolean mails) {
        return pages.view("account/forgotten", HttpStatus.OK, Map.of("assets", assets, "mails", mails));
    }

    View refused(Problem problem) {
        return form("account/refused", HttpStatus.valueOf(problem.status()), problem);
    }

    /** Sends the browser to another page. */
    static View to(String address) {
        return (model, request, response) -> {
            response.setStatus(HttpStatus.SEE_OTHER.value());
            response.setHeader(HttpHeaders.LOCATION, address);
        };
    }

    static HttpStatus status(SandkeepException failure) {
        return HttpStatus.valueOf(failure.code().status());
    }

    /** What went wrong, in as many sentences as there are mistakes. */
    static String text(SandkeepException failure) {
        return failure.errors().isEmpty()
                ? String.valueOf(failure.getMessage())
                : failure.errors().stream().map(FieldError::message).collect(Collectors.joining("; "));
    }
}
