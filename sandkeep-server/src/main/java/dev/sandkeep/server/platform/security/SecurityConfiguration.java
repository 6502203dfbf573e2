package dev.sandkeep.server.platform.security;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.web.Problem;
import dev.sandkeep.server.platform.web.ProblemWriter;
import jakarta.servlet.DispatcherType;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** Nothing but health and the way in for invited people answers without a key. No cookies, no sessions, and so no forged requests from browsers. */
@Configuration(proxyBeanMethods = false)
class SecurityConfiguration implements WebMvcConfigurer {
    private final AccessControl access;

    SecurityConfiguration(AccessControl access) {
        this.access = access;
    }

    @Override
    public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(access.ofControllers());
    }

    @Override
    public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
        resolvers.add(new CallerArgument());
    }

    @Bean
    SecurityFilterChain security(HttpSecurity http, ApiKeys keys, ProblemWriter problems) {
        return http.csrf(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .addFilterBefore(new ApiKeyFilter(keys, problems), AnonymousAuthenticationFilter.class)
                .authorizeHttpRequests(
                        requests -> requests.dispatcherTypeMatchers(DispatcherType.ERROR, DispatcherType.ASYNC)
                                .permitAll()
                                .requestMatchers("/api/v1/health", "/api/v1/invitations/accept")
                                .permitAll()
                                .anyRequest()
                                .authenticated())
                .exceptionHandling(failures -> failures.authenticationEntryPoint((request, response, failure) -> {
                            response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
                            problems.write(response, Problem.of(ProblemCode.API_KEY_MISSING));
                        })
                        .accessDeniedHandler((request, response, failure) ->
                                problems.write(response, Problem.of(ProblemCode.FORBIDDEN))))
                .build();
    }
}
