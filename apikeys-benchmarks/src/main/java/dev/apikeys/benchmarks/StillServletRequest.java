package dev.apikeys.benchmarks;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A GET as a servlet container hands it over, without a connection; what a filter does not ask is not there. */
final class StillServletRequest extends HttpServletRequestWrapper {
    /** Refuses to be written to. */
    static final HttpServletResponse NO_RESPONSE = nothing(HttpServletResponse.class);

    private final String path;
    private final Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private @Nullable Object attribute;

    StillServletRequest(String path, List<String> headerLines) {
        super(nothing(HttpServletRequest.class));
        this.path = path;
        for (String line : headerLines) {
            int colon = line.indexOf(':');
            headers.put(line.substring(0, colon), List.of(line.substring(colon + 2)));
        }
    }

    private static <T> T nothing(Class<T> type) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    throw new UnsupportedOperationException(method.getName());
                }));
    }

    @Override
    public String getMethod() {
        return "GET";
    }

    @Override
    public String getRequestURI() {
        return path;
    }

    @Override
    public String getContextPath() {
        return "";
    }

    @Override
    public Enumeration<String> getHeaders(String name) {
        return Collections.enumeration(headers.getOrDefault(name, List.of()));
    }

    @Override
    public String getRemoteAddr() {
        return "192.0.2.1";
    }

    @Override
    public DispatcherType getDispatcherType() {
        return DispatcherType.REQUEST;
    }

    @Override
    public @Nullable Object getAttribute(String name) {
        return attribute;
    }

    @Override
    public void setAttribute(String name, @Nullable Object value) {
        attribute = value;
    }
}
