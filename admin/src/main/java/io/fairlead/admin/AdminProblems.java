package io.fairlead.admin;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.access.AccessDeniedHandler;
import tools.jackson.databind.json.JsonMapper;

/// Refuses as RFC 9457 has it, and says what to do.
final class AdminProblems implements AuthenticationEntryPoint, AccessDeniedHandler {
    private final AdminAccount account;
    private final JsonMapper json;

    AdminProblems(AdminAccount account, JsonMapper json) {
        this.account = account;
        this.json = json;
    }

    @Override
    public void commence(HttpServletRequest request, HttpServletResponse response, AuthenticationException cause)
            throws IOException {
        if (!account.exists()) {
            write(
                    request,
                    response,
                    HttpStatus.FORBIDDEN,
                    "nobody may do this, because no admin password is set: set fairlead.admin.password"
                            + " (environment: FAIRLEAD_ADMIN_PASSWORD) and start again");
        } else if (cause instanceof AdminAccount.TooManyFailures tooMany) {
            response.setHeader(HttpHeaders.RETRY_AFTER, Long.toString(tooMany.retryAfterSeconds()));
            write(request, response, HttpStatus.TOO_MANY_REQUESTS, String.valueOf(tooMany.getMessage()));
        } else {
            response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Basic realm=\"fairlead\", charset=\"UTF-8\"");
            write(
                    request,
                    response,
                    HttpStatus.UNAUTHORIZED,
                    "this needs the admin account by HTTP basic authentication, fairlead.admin.username and"
                            + " fairlead.admin.password of this process");
        }
    }

    @Override
    public void handle(HttpServletRequest request, HttpServletResponse response, AccessDeniedException cause)
            throws IOException {
        write(
                request,
                response,
                HttpStatus.FORBIDDEN,
                "another site's page may not do this in your browser: use a client of your own, or open the address"
                        + " itself");
    }

    private void write(HttpServletRequest request, HttpServletResponse response, HttpStatus status, String detail)
            throws IOException {
        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("type", "about:blank");
        problem.put("title", status.getReasonPhrase());
        problem.put("status", status.value());
        problem.put("detail", detail);
        problem.put("instance", request.getRequestURI());
        response.setStatus(status.value());
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.getOutputStream().write(json.writeValueAsBytes(problem));
    }
}
