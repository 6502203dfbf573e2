package dev.sandkeep.server.accounts;

import dev.sandkeep.server.platform.config.SandkeepProperties;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import org.springframework.http.HttpHeaders;
import org.springframework.stereotype.Component;

/**
 * Whether a request was sent by a page of this server. Browsers say where a request comes from, and pages cannot change what they
 * say; a request that says nothing is none of a browser of this decade.
 */
@Component
final class OwnOrigin {
    private final Optional<String> publicOrigin;

    OwnOrigin(SandkeepProperties properties) {
        this.publicOrigin = properties.publicUrl().map(OwnOrigin::origin);
    }

    boolean sent(HttpServletRequest request) {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin != null) {
            return isOurs(origin, request.getHeader(HttpHeaders.HOST));
        }
        return "same-origin".equals(request.getHeader("Sec-Fetch-Site"));
    }

    private boolean isOurs(String origin, String host) {
        if (publicOrigin.isPresent()) {
            return publicOrigin.get().equals(origin.toLowerCase(Locale.ROOT));
        }
        int authority = origin.indexOf("://");
        return authority > 0
                && host != null
                && (origin.startsWith("http://") || origin.startsWith("https://"))
                && origin.substring(authority + 3).equalsIgnoreCase(host);
    }

    private static String origin(URI url) {
        boolean standard = url.getPort() == -1
                || (url.getScheme().equals("https") && url.getPort() == 443)
                || (url.getScheme().equals("http") && url.getPort() == 80);
        return (url.getScheme() + "://" + url.getHost() + (standard ? "" : ":" + url.getPort()))
                .toLowerCase(Locale.ROOT);
    }
}
