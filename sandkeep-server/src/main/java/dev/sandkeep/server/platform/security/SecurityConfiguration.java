package dev.sandkeep.server.platform.security;

import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.web.Problem;
import dev.sandkeep.server.platform.web.ProblemWriter;
import jakarta.servlet.DispatcherType;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * The one chain that every request passes: an API key, or what an {@link Entrance} asks for. Nothing but health and what entrances
 * open answers without. Nothing here makes cookies, so that a forged request of a browser carries nothing; an entrance that makes
 * some looks after that.
 */
@Configuration(proxyBeanMethods = false)
class SecurityConfiguration implements WebMvcConfigurer {
    private final AccessControl access;

    private final List<Entrance> entrances;
    private final SandkeepProperties properties;

    SecurityConfiguration(AccessControl access, ObjectProvider<Entrance> entrances, SandkeepProperties properties) {
        this.access = access;
        this.entrances = entrances.orderedStream().toList();
        this.properties = properties;
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
        String[] open = Stream.concat(
                        Stream.of("/api/v1/health", "/api/v1/invitations/accept"),
                        entrances.stream().flatMap(entrance -> entrance.openPaths().stream()))
                .toArray(String[]::new);
        http.csrf(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .sessionManagement(sessions -> sessions.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .addFilterBefore(new ApiKeyFilter(keys, problems), AnonymousAuthenticationFilter.class)
                .authorizeHttpRequests(
                        requests -> requests.dispatcherTypeMatchers(DispatcherType.ERROR, DispatcherType.ASYNC)
                                .permitAll()
                                .requestMatchers(open)
                                .permitAll()
                                .anyRequest()
                                .authenticated())
                .exceptionHandling(failures -> failures.authenticationEntryPoint(new Entry(problems))
                        .accessDeniedHandler((request, response, failure) ->
                                problems.write(response, Problem.of(ProblemCode.FORBIDDEN))));
        WebHeaders.write(http, properties);
        entrances.forEach(entrance -> entrance.open(http));
        return http.build();
    }
}
