package dev.sandkeep.server.accounts;

import dev.sandkeep.server.platform.security.Entrance;
import dev.sandkeep.server.platform.web.ProblemWriter;
import java.util.List;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
import org.springframework.stereotype.Component;

/** Lets browsers in by their cookie, and everybody to the pages where one is given. */
@Component
final class BrowserEntrance implements Entrance {
    private final BrowserFilter filter;

    BrowserEntrance(WebSessions sessions, OwnOrigin origin, Cookies cookies, ProblemWriter problems) {
        this.filter = new BrowserFilter(sessions, origin, cookies, problems);
    }

    @Override
    public void open(HttpSecurity http) {
        // After the filter of API keys, which was put at the same place before.
        http.addFilterBefore(filter, AnonymousAuthenticationFilter.class);
    }

    @Override
    public List<String> openPaths() {
        return List.of(
                "/assets/**",
                "/sign-in/**",
                "/sign-out",
                "/set-up/*",
                "/reset-password/*",
                "/forgotten-password",
                "/no-organization/**",
                "/invitation/*");
    }
}
