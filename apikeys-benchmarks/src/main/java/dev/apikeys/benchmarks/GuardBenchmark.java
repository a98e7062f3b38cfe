package dev.apikeys.benchmarks;

import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.apikeys.Access;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.Verification;
import dev.apikeys.http.ApiKeyGuard;
import dev.apikeys.http.jdk.JdkHandlers;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.servlet.ApiKeyFilter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What the guard costs beside the verification that it makes, from the cache, over 1 024 keys: a request with a path of 40
 * characters and 8 headers, as the server of the JDK and as a servlet container hand it over. No byte goes over a wire.
 *
 * <p>{@code java -jar apikeys-benchmarks/target/benchmarks.jar jmh GuardBenchmark -prof gc}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class GuardBenchmark {
    private static final int KEYS = 1_024;
    private static final String CONTEXT = "/api/v1/files";
    private static final String PATH = CONTEXT + "/2026/11/report-november.md";
    private static final Access READ = Access.permission("read");

    private final ApiKeyManager keys = ApiKeys.builder(new InMemoryApiKeyStore())
            .cacheMaxAge(Duration.ofHours(1))
            .build();
    private final ApiKeyGuard guard = ApiKeyGuard.builder(keys)
            .route("POST", CONTEXT, Access.permission("upload"))
            .route("GET", CONTEXT + "/**", READ)
            .build();
    private final ApiKeyFilter filter = new ApiKeyFilter(guard);
    private String[] secrets = {};
    private StillExchange[] exchanges = {};
    private StillServletRequest[] requests = {};

    /** Creates the keys and verifies each once. */
    @Setup
    public void fill() throws IOException {
        secrets = Scene.fill(keys, KEYS, KEYS).toArray(String[]::new);
        for (String secret : secrets) {
            keys.verify(secret).orElseThrow();
        }
        HttpContext context = HttpServer.create().createContext(CONTEXT); // of a server that never listens
        exchanges = Stream.of(secrets)
                .map(secret -> new StillExchange(context, PATH, headers(secret)))
                .toArray(StillExchange[]::new);
        requests = Stream.of(secrets)
                .map(secret -> new StillServletRequest(PATH, headers(secret)))
                .toArray(StillServletRequest[]::new);
    }

    private static List<String> headers(String secret) {
        return List.of(
                "Host: files.example.com",
                "Connection: keep-alive",
                "User-Agent: curl/8.9.1",
                "Accept: application/json",
                "Accept-Encoding: gzip, deflate, br",
                "Accept-Language: en",
                "X-Request-Id: 0f8fad5b-d9cb-469f-a165-70867728950e",
                "Authorization: Bearer " + secret);
    }

    /** Stops the manager's threads. */
    @TearDown
    public void close() {
        keys.close();
    }

    private static int any() {
        return ThreadLocalRandom.current().nextInt(KEYS);
    }

    /** The verification alone. */
    @Benchmark
    public Verification verification() {
        return keys.verify(secrets[any()], READ);
    }

    /** A handler of the JDK's server behind the guard. */
    @Benchmark
    public void jdk(Blackhole hole) throws IOException {
        HttpHandler handler = JdkHandlers.guarded(guard, (exchange, key) -> hole.consume(key));
        handler.handle(exchanges[any()]);
    }

    /** The filter of a servlet container. */
    @Benchmark
    public void servlet(Blackhole hole) throws IOException, ServletException {
        FilterChain chain = (request, response) -> hole.consume(request);
        filter.doFilter(requests[any()], StillServletRequest.NO_RESPONSE, chain);
    }
}
