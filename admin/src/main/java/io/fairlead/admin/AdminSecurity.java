package io.fairlead.admin;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import java.time.InstantSource;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementServerProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.security.autoconfigure.actuate.web.servlet.EndpointRequest;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.SecurityFilterChain;
import tools.jackson.databind.json.JsonMapper;

/// Who may do what over HTTP: health, info and prometheus are open, all else needs the one account, at both ports.
/// A process that imports this is protected, and finds an [Audit] for what its controllers change. Nothing is
/// remembered between requests, hence no session and no token against forgery; requests that a browser
/// makes for another site's page are refused instead.
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(AdminProperties.class)
public class AdminSecurity {
    @Bean
    Audit audit() {
        return new Audit(InstantSource.system());
    }

    /// The only provider there is: Spring Security finds it as a bean. Set on the chain as well, it would be asked
    /// twice.
    @Bean
    AdminAccount adminAccount(AdminProperties properties, Audit audit) {
        return new AdminAccount(properties, audit, System::nanoTime);
    }

    @Bean
    SecurityFilterChain adminFilterChain(
            HttpSecurity http,
            AdminAccount account,
            JsonMapper json,
            ServerProperties server,
            ManagementServerProperties management,
            Environment environment) {
        UnprotectedAddressException.check(account, server, management, environment);
        AdminProblems problems = new AdminProblems(account, json);
        return http.authorizeHttpRequests(requests -> requests.dispatcherTypeMatchers(DispatcherType.ERROR)
                        .permitAll()
                        .requestMatchers(EndpointRequest.to("health", "info", "prometheus"))
                        .permitAll()
                        .requestMatchers(AdminSecurity::isForAnotherSite)
                        .denyAll()
                        .anyRequest()
                        .hasRole(AdminAccount.ROLE))
                .httpBasic(basic -> basic.authenticationEntryPoint(problems))
                .exceptionHandling(
                        handling -> handling.authenticationEntryPoint(problems).accessDeniedHandler(problems))
                .sessionManagement(session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .csrf(AbstractHttpConfigurer::disable)
                .logout(AbstractHttpConfigurer::disable)
                .build();
    }

    /// Browsers say so; other clients do not send the header.
    private static boolean isForAnotherSite(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        return site != null && !site.equals("same-origin") && !site.equals("none");
    }
}
