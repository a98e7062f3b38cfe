package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.ClaimResult;
import dev.apikeys.ConflictException;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeySpec;
import dev.apikeys.Rotation;
import dev.apikeys.Verification.Code;
import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.spi.VaultFullException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two managers with a pool each on one database, as two nodes of a service. */
class TwoNodesTest {

    /** A node with its own pool and its own sense of time passing. */
    private static final class Node {
        private final AtomicLong nanos = new AtomicLong();
        private final ApiKeyManager keys;

        Node(TestDatabase database) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            keys = ApiKeys.builder(JdbcApiKeyStore.create(pool))
                    .handOff(JdbcTempKeyStore.builder(pool).maxLive(20).build())
                    .cacheMaxAge(Duration.ofSeconds(5))
                    .ticker(nanos::get)
                    .maintainedByHost()
                    .build();
        }

        Code verify(CreatedKey key) {
            return keys.verify(key.secret().reveal()).code();
        }
    }

    private static KeySpec spec() {
        return KeySpec.builder("ci deploy").role("read_upload").build();
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void aKeyRevokedOnOneNodeIsRefusedOnTheOtherWithinTheCacheAge(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            Node one = new Node(database);
            Node two = new Node(database);
            CreatedKey key = one.keys.create(spec());
            assertThat(two.verify(key)).isEqualTo(Code.VALID);

            one.keys.revoke(key.id(), "leaked");
            assertThat(one.verify(key)).isEqualTo(Code.REVOKED);
            two.nanos.addAndGet(Duration.ofSeconds(5).toNanos());
            assertThat(two.verify(key)).isEqualTo(Code.REVOKED);
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void aKeyCreatedOnOneNodeIsKnownOnTheOtherWithinTheCacheAge(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            Node one = new Node(database);
            Node two = new Node(database);
            CreatedKey key = one.keys.create(spec());
            assertThat(two.keys.find(key.id())).isPresent();
            assertThat(two.verify(key)).isEqualTo(Code.VALID);
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void ofManyClaimsOnBothNodesOneWins(Product product) throws Exception {
        try (TestDatabase database = TestDatabase.of(product)) {
            Node one = new Node(database);
            Node two = new Node(database);
            for (int round = 0; round < 5; round++) {
                CreatedKey key = one.keys.create(KeySpec.builder("ci deploy")
                        .role("read_upload")
                        .handOff(Duration.ofMinutes(10))
                        .build());
                String ticket = key.handOff().orElseThrow().ticket().reveal();

                List<ClaimResult> results =
                        race(16, i -> (i % 2 == 0 ? one : two).keys.vault().claim(ticket));

                assertThat(results.stream().filter(ClaimResult.Claimed.class::isInstance))
                        .hasSize(1)
                        .allSatisfy(won -> assertThat(won.claimedSecret()
                                        .orElseThrow()
                                        .matches(key.secret().reveal()))
                                .isTrue());
                assertThat(results.stream().filter(ClaimResult.AlreadyClaimed.class::isInstance))
                        .hasSize(15);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void ofManyRotationsOnBothNodesOneWins(Product product) throws Exception {
        try (TestDatabase database = TestDatabase.of(product)) {
            Node one = new Node(database);
            Node two = new Node(database);
            CreatedKey key = one.keys.create(spec());

            List<Boolean> won = race(8, i -> {
                try {
                    (i % 2 == 0 ? one : two).keys.rotate(key.id(), Rotation.withGrace(Duration.ofHours(1)));
                    return true;
                } catch (ConflictException e) {
                    return false;
                }
            });

            assertThat(won).containsOnlyOnce(true);
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void usageOfBothNodesAddsUp(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            Node one = new Node(database);
            Node two = new Node(database);
            CreatedKey key = one.keys.create(spec());
            for (int i = 0; i < 10; i++) {
                one.verify(key);
                two.verify(key);
            }
            one.keys.maintain();
            two.keys.close();
            assertThat(one.keys.find(key.id()).orElseThrow().usageCount()).isEqualTo(20);
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void theBoundOnTempKeysHoldsOverBothNodes(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            List<Node> nodes = List.of(new Node(database), new Node(database));
            KeySpec handedOff = KeySpec.builder("ci deploy")
                    .role("read_upload")
                    .handOff(Duration.ofMinutes(10))
                    .build();
            int created = 0;
            List<String> tickets = new ArrayList<>();
            for (int refused = 0; refused < 2; created++) {
                try {
                    CreatedKey key = nodes.get(created % 2).keys.create(handedOff);
                    tickets.add(key.handOff().orElseThrow().ticket().reveal());
                } catch (VaultFullException e) {
                    refused++;
                }
            }
            assertThat(tickets).hasSize(20);
            for (String ticket : tickets) {
                assertThat(nodes.get(0).keys.vault().claim(ticket)).isInstanceOf(ClaimResult.Claimed.class);
            }
        }
    }

    private interface Call<T> {
        T of(int number);
    }

    private static <T> List<T> race(int callers, Call<T> call) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(callers);
        CyclicBarrier start = new CyclicBarrier(callers);
        List<Future<T>> running = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            int number = i;
            running.add(threads.submit(() -> {
                start.await();
                return call.of(number);
            }));
        }
        List<T> results = new ArrayList<>();
        for (Future<T> one : running) {
            results.add(one.get());
        }
        threads.shutdown();
        return results;
    }
}
