package dev.sandkeep.server.platform.security;

import dev.sandkeep.server.platform.config.SandkeepProperties;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.header.writers.CrossOriginOpenerPolicyHeaderWriter.CrossOriginOpenerPolicy;
import org.springframework.security.web.header.writers.CrossOriginResourcePolicyHeaderWriter.CrossOriginResourcePolicy;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter.ReferrerPolicy;

/**
 * What every answer tells browsers to refuse: scripts and styles that are not files of ours, frames, other origins, guesses at
 * types. The rest is Spring Security's standard: no-store where nothing else is said, nosniff, frames denied.
 */
final class WebHeaders {
    private static final String CONTENT =
            "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
                    + " form-action 'self'; frame-ancestors 'none'";
    private static final String FEATURES =
            "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()";
    private static final long YEAR_SECONDS = 31_536_000;

    private WebHeaders() {}

    static void write(HttpSecurity http, SandkeepProperties properties) {
        http.headers(headers -> headers.contentSecurityPolicy(content -> content.policyDirectives(CONTENT))
                // Not no-referrer: browsers would then send Origin: null with our own forms.
                .referrerPolicy(referrer -> referrer.policy(ReferrerPolicy.SAME_ORIGIN))
                .crossOriginOpenerPolicy(opener -> opener.policy(CrossOriginOpenerPolicy.SAME_ORIGIN))
                .crossOriginResourcePolicy(resource -> resource.policy(CrossOriginResourcePolicy.SAME_ORIGIN))
                .permissionsPolicyHeader(features -> features.policy(FEATURES))
                // The proxy in front speaks TLS, not we: only the public address tells.
                .httpStrictTransportSecurity(transport -> transport
                        .includeSubDomains(false)
                        .maxAgeInSeconds(YEAR_SECONDS)
                        .requestMatcher(request -> properties.secure())));
    }
}
