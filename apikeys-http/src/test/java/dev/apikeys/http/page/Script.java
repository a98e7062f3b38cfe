package dev.apikeys.http.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.http.Admin;
import dev.apikeys.http.Administrators;
import dev.apikeys.http.Handler;
import dev.apikeys.http.Request;
import dev.apikeys.http.Response;
import dev.apikeys.http.jdk.JdkHandlers;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** A server whose API says what a test wants it to say. Files come from the real admin API, with its headers. */
final class Script implements Handler, AutoCloseable {
    static final String BASE = "/some/prefix/admin";
    static final String OTHER_NAME = "keys.test";

    /** Axe-core, as if it were a file of the page: handed to the driver with each page, it took most of the time. */
    static final String AXE = "axe.js";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_BODY = 100_000;

    /** What answers one call. */
    @FunctionalInterface
    interface Answer {
        Response to(Call call) throws IOException;
    }

    /**
     * A call of the API.
     *
     * @param route method and path below the base, such as {@code POST api-keys}, ids replaced by {@code {id}}
     * @param path the path below the base as it was asked for
     * @param query the parameters
     * @param body the body as JSON, or null if there is none
     * @param headers by name in lower case, those that tests look at
     */
    record Call(String route, String path, Map<String, String> query, JsonNode body, Map<String, String> headers) {}

    private final Map<String, Deque<Answer>> answers = new ConcurrentHashMap<>();
    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private final CountDownLatch end = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final ApiKeyManager keys = ApiKeys.builder(new InMemoryApiKeyStore())
            .handOff(new InMemoryTempKeyStore())
            .build();
    private final Admin files = Admin.builder(keys)
            .path(BASE)
            .administrators(request -> Administrators.Refusal.FORBIDDEN)
            .build();
    private HttpServer server;

    private Script() {}

    static Script start() {
        Script script = new Script();
        script.reset();
        try {
            script.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        script.server.createContext(BASE, JdkHandlers.of(script));
        script.server.setExecutor(script.threads);
        script.server.start();
        return script;
    }

    /** Goes back to answering as a server with two keys and no trouble. */
    void reset() {
        answers.clear();
        when("FILE " + AXE, Axe.FILE);
        when("GET session", Answers.session());
        when("GET health", Answers.healthy());
        when("GET api-keys", Answers.keys(Answers.key("ci deploy"), Answers.key("nightly export")));
        when("GET journal", Answers.journal());
        when("GET permission-repairs", Answers.data("{'repairs':[]}"));
    }

    /** Sets the answers to a route, one after the other; the last one stays. */
    Script when(String route, Response... responses) {
        Answer[] answers = Arrays.stream(responses).map(Script::fixed).toArray(Answer[]::new);
        return when(route, answers);
    }

    Script when(String route, Answer... some) {
        answers.put(route, new ArrayDeque<>(List.of(some)));
        return this;
    }

    static Answer fixed(Response response) {
        return call -> response;
    }

    /** No answer before the test ends, or for as long as anybody waits. */
    Answer never() {
        return call -> {
            await(end);
            throw new IOException("never");
        };
    }

    /** The answer waits for a latch. */
    static Answer after(CountDownLatch latch, Response response) {
        return call -> {
            await(latch);
            return response;
        };
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new IOException("nobody opened the latch");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /** The calls of a route so far. */
    List<Call> calls(String route) {
        return calls.stream().filter(call -> call.route.equals(route)).toList();
    }

    Call onlyCall(String route) {
        List<Call> found = calls(route);
        if (found.size() != 1) {
            throw new AssertionError(route + " was called " + found.size() + " times");
        }
        return found.get(0);
    }

    String url(String host) {
        return "http://" + host + ":" + server.getAddress().getPort() + BASE + "/";
    }

    @Override
    public Response handle(Request request) throws IOException {
        String path = request.rawPath().substring(BASE.length());
        boolean isClaim = path.equals("/claim/") && request.method().equals("POST");
        boolean isFile = path.matches("(/claim)?/([a-z0-9-]+\\.[a-z]+)?|/claim") && !isClaim;
        if (isFile || path.isEmpty()) {
            Answer instead = next("FILE " + path.substring(path.lastIndexOf('/') + 1));
            return instead == null ? files.handle(request) : instead.to(null);
        }
        String route = request.method() + " " + path.substring(1).replaceFirst("^api-keys/ak_[^/]*", "api-keys/{id}");
        Call call = new Call(route, path.substring(1), query(request.rawQuery()), body(request), headers(request));
        calls.add(call);
        Answer answer = next(route);
        return answer == null ? Answers.failure(404, "NOT_FOUND") : answer.to(call);
    }

    private Answer next(String route) {
        Deque<Answer> left = answers.get(route);
        if (left == null) {
            return null;
        }
        synchronized (left) {
            return left.size() > 1 ? left.poll() : left.peek();
        }
    }

    private static Map<String, String> query(String raw) {
        Map<String, String> query = new ConcurrentHashMap<>();
        if (raw != null) {
            for (String pair : raw.split("&")) {
                String[] parts = pair.split("=", 2);
                query.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
            }
        }
        return query;
    }

    private static JsonNode body(Request request) throws IOException {
        byte[] bytes = request.body(MAX_BODY);
        return bytes == null || bytes.length == 0 ? null : JSON.readTree(bytes);
    }

    private static Map<String, String> headers(Request request) {
        Map<String, String> headers = new ConcurrentHashMap<>();
        for (String name : List.of("x-csrf-token", "x-requested-with", "content-type")) {
            request.headers(name).forEach(value -> headers.put(name, value));
        }
        return headers;
    }

    private static final class Axe {
        static final Response FILE = Response.of(200).withBody("text/javascript; charset=utf-8", read());

        private static String read() {
            try (InputStream in = Script.class.getResourceAsStream("/axe.min.js")) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close() {
        end.countDown();
        server.stop(0);
        threads.shutdownNow();
        keys.close();
    }
}
