package dev.apikeys.examples;

import com.sun.net.httpserver.HttpExchange;
import dev.apikeys.ApiKey;
import dev.apikeys.http.Response;
import dev.apikeys.http.jdk.JdkHandlers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A service with routes to protect: files in memory, by number. It checks no key: the guard before it did. Thread-safe.
 */
final class FilesApi implements JdkHandlers.Service {
    static final String PATH = "/api/v1/files";
    private static final int MAX_FILES = 100;
    private static final int MAX_BYTES = 64 * 1_024;
    private static final String TEXT = "text/plain; charset=utf-8";

    private final Map<String, String> files = new ConcurrentSkipListMap<>(Map.of("1", "Hello from file 1\n"));
    private final AtomicInteger last = new AtomicInteger(1);

    @Override
    public void handle(HttpExchange exchange, Optional<ApiKey> key) throws IOException {
        JdkHandlers.send(exchange, answer(exchange));
    }

    /** Answers by the path as the guard checked it: decoded once. */
    private Response answer(HttpExchange exchange) throws IOException {
        String[] parts =
                exchange.getRequestURI().getPath().substring(PATH.length()).split("/", -1);
        String method = exchange.getRequestMethod();
        boolean isRead = method.equals("GET") || method.equals("HEAD");
        if (parts.length == 1 && method.equals("POST")) {
            return store(exchange, next());
        }
        if (parts.length == 2 && method.equals("PUT")) {
            return store(exchange, parts[1]);
        }
        if (!isRead) {
            String allowed = parts.length == 1 ? "GET, HEAD, POST" : "GET, HEAD, PUT";
            return Response.refusal(405, "METHOD_NOT_ALLOWED", "Allowed: " + allowed)
                    .with("Allow", allowed);
        }
        if (parts.length == 1) {
            return text(200, String.join("\n", files.keySet()) + "\n");
        }
        String file = files.get(parts[1]);
        if (file == null) {
            return Response.refusal(404, "NOT_FOUND", "There is no such file");
        }
        boolean isDownload = parts.length == 3 && parts[2].equals("download");
        return text(200, isDownload ? file : parts[1] + ": " + file.length() + " characters\n");
    }

    private String next() {
        return Integer.toString(last.incrementAndGet());
    }

    private Response store(HttpExchange exchange, String name) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(MAX_BYTES + 1);
        if (body.length > MAX_BYTES || (files.size() >= MAX_FILES && !files.containsKey(name))) {
            return Response.refusal(413, "TOO_LARGE", "At most " + MAX_FILES + " files of " + MAX_BYTES + " bytes");
        }
        files.put(name, new String(body, StandardCharsets.UTF_8));
        return text(201, name + "\n");
    }

    private static Response text(int status, String text) {
        return Response.of(status).with("X-Content-Type-Options", "nosniff").withBody(TEXT, text);
    }
}
