package dev.apikeys.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A request without a server. */
final class TestRequest implements Request {
    private final String method;
    private final String target;
    private final Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final Map<String, Object> attributes = new TreeMap<>();
    private String contextPath = "";
    private String remoteAddress = "192.0.2.1";
    private boolean isOnLoopback;
    private byte[] body = {};

    private TestRequest(String method, String target) {
        this.method = method;
        this.target = target;
    }

    static TestRequest of(String method, String target) {
        return new TestRequest(method, target).header("Host", "keys.example.com");
    }

    static TestRequest get(String target) {
        return of("GET", target);
    }

    static TestRequest post(String target, String json) {
        return of("POST", target).json(json);
    }

    TestRequest header(String name, String value) {
        headers.computeIfAbsent(name, any -> new ArrayList<>()).add(value);
        return this;
    }

    TestRequest without(String name) {
        headers.remove(name);
        return this;
    }

    TestRequest bearer(String secret) {
        return header("Authorization", "Bearer " + secret);
    }

    /** Adds the cookies that an answer set. */
    TestRequest cookiesOf(Response response) {
        response.headers().getOrDefault("Set-Cookie", List.of()).forEach(cookie -> {
            if (!cookie.contains("Max-Age=0")) {
                header("Cookie", cookie.substring(0, cookie.indexOf(';')));
            }
        });
        return this;
    }

    TestRequest json(String json) {
        return header("Content-Type", "application/json").body(json.getBytes(StandardCharsets.UTF_8));
    }

    TestRequest body(byte[] bytes) {
        body = bytes;
        return this;
    }

    TestRequest context(String path) {
        contextPath = path;
        return this;
    }

    TestRequest from(String address) {
        remoteAddress = address;
        return this;
    }

    TestRequest onLoopback() {
        isOnLoopback = true;
        return this;
    }

    TestRequest attribute(String name, Object value) {
        attributes.put(name, value);
        return this;
    }

    @Override
    public String method() {
        return method;
    }

    @Override
    public String rawPath() {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    @Override
    public String contextPath() {
        return contextPath;
    }

    @Override
    public String rawQuery() {
        int query = target.indexOf('?');
        return query < 0 ? null : target.substring(query + 1);
    }

    @Override
    public List<String> headers(String name) {
        return headers.getOrDefault(name, List.of());
    }

    @Override
    public String remoteAddress() {
        return remoteAddress;
    }

    @Override
    public boolean isOnLoopback() {
        return isOnLoopback;
    }

    @Override
    public byte[] body(int atMost) {
        return body.length > atMost ? null : body;
    }

    @Override
    public Object attribute(String name) {
        return attributes.get(name);
    }
}
