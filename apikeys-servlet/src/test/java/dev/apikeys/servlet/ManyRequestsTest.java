package dev.apikeys.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeySpec;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Many requests at once. */
class ManyRequestsTest {

    @ParameterizedTest
    @EnumSource(Container.class)
    void sixtyFourInterleavedRequestsSeeTheirOwnKey(Container container) throws Exception {
        CyclicBarrier met = new CyclicBarrier(8); // of the 16 threads that answer
        Site.Service meeting = (path, key) -> {
            await(met);
            return Site.hello(path, key);
        };
        ExecutorService threads = Executors.newFixedThreadPool(64);
        try (Site site = new Site(new InMemoryApiKeyStore(), new InMemoryTempKeyStore(), meeting);
                Container.Running server = container.start(site)) {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                String name = "key " + i;
                String secret = site.keys
                        .create(KeySpec.builder(name).role("read_only").build())
                        .secret()
                        .reveal();
                Client client = new Client(server.base());
                answers.add(threads.submit(
                        () -> client.get("/files/" + name.substring(4), secret).body()));
            }
            for (int i = 0; i < 64; i++) {
                assertThat(answers.get(i).get(1, TimeUnit.MINUTES)).isEqualTo("/files/" + i + " key " + i);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static void await(CyclicBarrier barrier) throws IOException {
        try {
            barrier.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new IOException(e);
        }
    }

    @ParameterizedTest
    @EnumSource(Container.class)
    void aFloodOfWrongKeysStopsNoGoodOneBesideIt(Container container) throws Exception {
        List<String> wrong = new ArrayList<>();
        try (var stranger = ApiKeys.builder(new InMemoryApiKeyStore()).build()) {
            for (List<CreatedKey> created = stranger.createAll(specs());
                    wrong.size() < 10_000;
                    created = stranger.createAll(specs())) {
                created.forEach(key -> wrong.add(key.secret().reveal()));
            }
        }
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (Site site = new Site();
                Container.Running server = container.start(site)) {
            String good = site.secret("read_only");
            Client client = new Client(server.base());
            assertThat(client.get("/files/7", good).statusCode()).isEqualTo(200);
            long start = System.nanoTime();
            Future<int[]> flood = threads.submit(() -> flood(new Client(server.base()), wrong));
            int answered = 0;
            while (!flood.isDone()) {
                HttpResponse<String> answer = client.get("/files/7", good);
                assertThat(answer.statusCode()).as("the good key never fails").isEqualTo(200);
                answered++;
            }
            int[] refused = flood.get(1, TimeUnit.MINUTES);
            assertThat(refused[0] + refused[1]).isEqualTo(10_000);
            long minutes = 1 + TimeUnit.NANOSECONDS.toMinutes(System.nanoTime() - start);
            assertThat((long) refused[0])
                    .as("401, then 429 for the rest of the minute")
                    .isBetween(100L, 100 * (minutes + 1));
            assertThat(answered).isGreaterThan(100);
        } finally {
            threads.shutdownNow();
        }
    }

    private static List<KeySpec> specs() {
        return java.util.Collections.nCopies(
                1_000, KeySpec.builder("wrong").role("admin").build());
    }

    private static int[] flood(Client client, List<String> wrong) throws Exception {
        int[] refused = new int[2];
        for (String secret : wrong) {
            int status = client.get("/files/7", secret).statusCode();
            refused[status == 401 ? 0 : status == 429 ? 1 : 2]++; // anything else is out of bounds
        }
        return refused;
    }

    @ParameterizedTest
    @EnumSource(Container.class)
    void anAddressInAHeaderIsNone(Container container) throws Exception {
        try (var stranger = ApiKeys.builder(new InMemoryApiKeyStore()).build();
                Site site = new Site();
                Container.Running server = container.start(site)) {
            Client client = new Client(server.base());
            List<CreatedKey> wrong = stranger.createAll(specs());
            int status = 401;
            for (int i = 0; i < wrong.size() && status == 401; i++) {
                String address = "198.51." + i / 256 + "." + i % 256;
                status = client.send(client.to("/files/7")
                                .header(
                                        "Authorization",
                                        "Bearer " + wrong.get(i).secret().reveal())
                                .header("X-Forwarded-For", address)
                                .header("X-Real-IP", address)
                                .header("Forwarded", "for=" + address))
                        .statusCode();
            }
            assertThat(status).as("all came from one address").isEqualTo(429);
        }
    }

    @ParameterizedTest
    @EnumSource(Container.class)
    void theKeyIsThereForTheServiceAlone(Container container) throws Exception {
        Site.Service telling =
                (path, key) -> key.map(ApiKey::id).map(Object::toString).orElse("none");
        try (Site site = new Site(new InMemoryApiKeyStore(), new InMemoryTempKeyStore(), telling);
                Container.Running server = container.start(site)) {
            CreatedKey key = site.create("read_only");
            Client client = new Client(server.base());
            assertThat(client.get("/files/7", key.secret().reveal()).body())
                    .contains(Optional.of(key.id()).get().value());
            assertThat(client.get("/files/7").statusCode()).isEqualTo(401);
        }
    }
}
