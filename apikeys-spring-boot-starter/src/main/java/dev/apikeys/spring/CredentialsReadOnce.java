package dev.apikeys.spring;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request whose credentials are read once: at each reading Spring Security's firewall matches the name and the value of a
 * header. Not thread-safe.
 */
final class CredentialsReadOnce extends HttpServletRequestWrapper {
    static final String AUTHORIZATION = "Authorization";
    static final String KEY = "X-API-Key";

    private @Nullable List<String> authorization;
    private @Nullable List<String> key;

    CredentialsReadOnce(HttpServletRequest request) {
        super(request);
    }

    @Override
    public Enumeration<String> getHeaders(String name) {
        if (name.equalsIgnoreCase(AUTHORIZATION)) {
            authorization = authorization == null ? all(AUTHORIZATION) : authorization;
            return Collections.enumeration(authorization);
        }
        if (name.equalsIgnoreCase(KEY)) {
            key = key == null ? all(KEY) : key;
            return Collections.enumeration(key);
        }
        return super.getHeaders(name);
    }

    private List<String> all(String name) {
        Enumeration<String> values = super.getHeaders(name);
        return values.hasMoreElements() ? Collections.list(values) : List.of();
    }
}
