package dev.sandkeep.server.accounts;

import dev.sandkeep.server.platform.Sha256;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.config.SandkeepProperties.OpenIdProperties;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.client.authentication.OAuth2LoginAuthenticationToken;
import org.springframework.security.oauth2.client.endpoint.RestClientAuthorizationCodeTokenResponseClient;
import org.springframework.security.oauth2.client.oidc.authentication.OidcAuthorizationCodeAuthenticationProvider;
import org.springframework.security.oauth2.client.oidc.userinfo.OidcUserService;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrations;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationExchange;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationResponse;
import org.springframework.security.oauth2.core.endpoint.PkceParameterNames;
import org.springframework.security.oauth2.core.oidc.endpoint.OidcParameterNames;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.stereotype.Component;

/**
 * The OpenID provider that the settings name. It is discovered when somebody first signs in with it, so that a server starts while
 * its provider is down. Authorization code with PKCE; state, nonce, issuer, audience, signature and expiry of the ID token are
 * checked by Spring Security.
 */
@Component
class OpenIdProvider {
    private static final Logger LOG = LoggerFactory.getLogger(OpenIdProvider.class);
    private static final String REGISTRATION = "openid";

    private final OpenIdProperties settings;
    private volatile @Nullable ClientRegistration discovered;
    private volatile @Nullable OidcAuthorizationCodeAuthenticationProvider exchange;

    OpenIdProvider(SandkeepProperties properties) {
        this.settings = properties.openId();
    }

    OpenIdProperties settings() {
        return settings;
    }

    /** Where the browser is to go. */
    String authorizationUri(String redirectUri, String state, OpenIdRequests.Asked asked) {
        return request(redirectUri, state, asked).getAuthorizationRequestUri();
    }

    /**
     * Exchanges what the browser brought back for who it is.
     *
     * @throws SandkeepException {@code sign_in_failed}
     */
    OidcUser user(String redirectUri, String state, OpenIdRequests.Asked asked, String code) {
        try {
            OAuth2AuthorizationResponse response = OAuth2AuthorizationResponse.success(code)
                    .redirectUri(redirectUri)
                    .state(state)
                    .build();
            OAuth2LoginAuthenticationToken result = (OAuth2LoginAuthenticationToken) exchange()
                    .authenticate(new OAuth2LoginAuthenticationToken(
                            registration(),
                            new OAuth2AuthorizationExchange(request(redirectUri, state, asked), response)));
            if (result != null && result.getPrincipal() instanceof OidcUser user) {
                return user;
            }
            throw failed("the provider gave no ID token");
        } catch (AuthenticationException refused) {
            throw failed(String.valueOf(refused.getMessage()));
        }
    }

    private static SandkeepException failed(String reason) {
        LOG.warn("event=sign_in_failed reason=openid error=\"{}\"", reason.replaceAll("\\p{Cntrl}|\"", "_"));
        return new SandkeepException(
                ProblemCode.SIGN_IN_FAILED,
                "The identity provider's answer was not accepted.",
                "Try again; the server's log says what was wrong.");
    }

    private OAuth2AuthorizationRequest request(String redirectUri, String state, OpenIdRequests.Asked asked) {
        ClientRegistration registration = registration();
        return OAuth2AuthorizationRequest.authorizationCode()
                .clientId(registration.getClientId())
                .authorizationUri(
                        Objects.requireNonNull(registration.getProviderDetails().getAuthorizationUri()))
                .redirectUri(redirectUri)
                .scopes(registration.getScopes())
                .state(state)
                .attributes(Map.of(
                        "registration_id",
                        REGISTRATION,
                        OidcParameterNames.NONCE,
                        asked.nonce(),
                        PkceParameterNames.CODE_VERIFIER,
                        asked.codeVerifier()))
                .additionalParameters(Map.of(
                        OidcParameterNames.NONCE,
                        hash(asked.nonce()),
                        PkceParameterNames.CODE_CHALLENGE,
                        hash(asked.codeVerifier()),
                        PkceParameterNames.CODE_CHALLENGE_METHOD,
                        "S256"))
                .build();
    }

    private ClientRegistration registration() {
        ClientRegistration known = discovered;
        if (known == null) {
            try {
                known = ClientRegistrations.fromIssuerLocation(settings.issuer().orElseThrow())
                        .registrationId(REGISTRATION)
                        .clientId(settings.clientId())
                        .clientSecret(settings.clientSecret())
                        .scope("openid", "email", "profile")
                        .build();
            } catch (IllegalArgumentException | IllegalStateException unreachable) {
                LOG.error(
                        "event=openid_provider_unreachable issuer={} error=\"{}\"",
                        settings.issuer().orElse(""),
                        String.valueOf(unreachable.getMessage()).replaceAll("\\p{Cntrl}|\"", "_"));
                throw new SandkeepException(ProblemCode.UNAVAILABLE, "The identity provider does not answer.")
                        .causedBy(unreachable);
            }
            discovered = known;
        }
        return known;
    }

    private OidcAuthorizationCodeAuthenticationProvider exchange() {
        OidcAuthorizationCodeAuthenticationProvider made = exchange;
        if (made == null) {
            made = new OidcAuthorizationCodeAuthenticationProvider(
                    new RestClientAuthorizationCodeTokenResponseClient(), new OidcUserService());
            exchange = made;
        }
        return made;
    }

    private static String hash(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(Sha256.of(text));
    }
}
