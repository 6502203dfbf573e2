package dev.sandkeep.server.api;

import dev.sandkeep.server.platform.security.AccessControl;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.sessions.Sessions;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.server.HandshakeInterceptor;
import org.springframework.web.socket.server.support.DefaultHandshakeHandler;
import org.springframework.web.socket.server.support.WebSocketHandlerMapping;
import org.springframework.web.socket.server.support.WebSocketHttpRequestHandler;
import tools.jackson.databind.json.JsonMapper;

/** Puts the stream of commands at {@code GET /api/v1/sessions/{session}/exec}, where requests that upgrade arrive. */
@Configuration(proxyBeanMethods = false)
class ExecSocketConfiguration {
    private static final String PATTERN = "/api/v1/sessions/*/exec";
    /** Before the controllers, which know the path and would refuse the method. */
    private static final int BEFORE_CONTROLLERS = -1;

    @Bean
    WebSocketHandlerMapping execSocketMapping(Sessions sessions, JsonMapper json, AccessControl access) {
        WebSocketHttpRequestHandler handler =
                new WebSocketHttpRequestHandler(new ExecSocket(sessions, json), new DefaultHandshakeHandler());
        handler.setHandshakeInterceptors(List.of(new CallerKeeper()));
        WebSocketHandlerMapping mapping = new WebSocketHandlerMapping();
        mapping.setInterceptors(access.requiring(Permission.SESSIONS_USE));
        mapping.setUrlMap(Map.of(PATTERN, handler));
        mapping.setOrder(BEFORE_CONTROLLERS);
        mapping.setWebSocketUpgradeMatch(true);
        return mapping;
    }

    /** Takes the caller along, who was found by the API key of the upgrading request. */
    private static final class CallerKeeper implements HandshakeInterceptor {
        @Override
        public boolean beforeHandshake(
                ServerHttpRequest request,
                ServerHttpResponse response,
                WebSocketHandler handler,
                Map<String, Object> attributes) {
            attributes.put(ExecSocket.CALLER, AccessControl.caller().orElseThrow());
            return true;
        }

        @Override
        public void afterHandshake(
                ServerHttpRequest request,
                ServerHttpResponse response,
                WebSocketHandler handler,
                @Nullable Exception failure) {}
    }
}
