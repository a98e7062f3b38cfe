package dev.apikeys.servlet;

import dev.apikeys.http.Request;
import dev.apikeys.http.Response;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request of a servlet container as a request, and the way back. What the container made of the path is not looked at.
 *
 * @param request the request of the container
 */
record ServletExchange(HttpServletRequest request) implements Request {

    /** Writes the body itself, since {@code sendError} would ask for an error page, which may have an answer of its own. */
    static void send(HttpServletRequest request, HttpServletResponse response, Response answer) throws IOException {
        response.setStatus(answer.status());
        answer.headers().forEach((name, values) -> values.forEach(value -> response.addHeader(name, value)));
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        if (body.length > 0) {
            response.setContentLength(body.length);
        }
        if (body.length > 0 && !request.getMethod().equals("HEAD")) {
            response.getOutputStream().write(body);
        }
    }

    @Override
    public String method() {
        return request.getMethod();
    }

    @Override
    public String rawPath() {
        return request.getRequestURI();
    }

    @Override
    public String contextPath() {
        return request.getContextPath();
    }

    @Override
    public @Nullable String rawQuery() {
        return request.getQueryString();
    }

    @Override
    public List<String> headers(String name) {
        Enumeration<String> values = request.getHeaders(name);
        if (!values.hasMoreElements()) {
            return List.of();
        }
        List<String> all = new ArrayList<>(1); // nearly always
        while (values.hasMoreElements()) {
            all.add(values.nextElement());
        }
        return all;
    }

    @Override
    public String remoteAddress() {
        return literal(request.getRemoteAddr());
    }

    @Override
    public boolean isOnLoopback() {
        String local = literal(request.getLocalAddr());
        return local.startsWith("127.") || local.equals("::1") || local.equals("0:0:0:0:0:0:0:1");
    }

    /** Without the brackets and the zone that containers add to IPv6 addresses. */
    private static String literal(@Nullable String address) {
        String text = address == null ? "" : address.replace("[", "").replace("]", "");
        int zone = text.indexOf('%');
        return zone < 0 ? text : text.substring(0, zone);
    }

    @Override
    public byte @Nullable [] body(int atMost) throws IOException {
        byte[] body = request.getInputStream().readNBytes(atMost + 1);
        return body.length > atMost ? null : body;
    }

    @Override
    public @Nullable Object attribute(String name) {
        return request.getAttribute(name);
    }
}
