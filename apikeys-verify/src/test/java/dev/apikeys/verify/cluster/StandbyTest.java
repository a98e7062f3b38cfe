package dev.apikeys.verify.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.ClaimResult;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeySpec;
import dev.apikeys.Rotation;
import dev.apikeys.Verification.Code;
import dev.apikeys.jdbc.JdbcApiKeyStore;
import dev.apikeys.jdbc.JdbcSchema;
import dev.apikeys.jdbc.JdbcTempKeyStore;
import dev.apikeys.spi.Changes;
import dev.apikeys.spi.StorageException;
import dev.apikeys.verify.cluster.PostgresPair.Replication;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the library promises on PostgreSQL with a standby, and what it does not. */
@NeedsServers(Servers.STANDBY)
class StandbyTest {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** A second for the pool, the timeout of the store, and what may come on top, on a machine with other work. */
    private static final Duration LONGEST_VERIFY = Duration.ofSeconds(15);

    /** Of up to four calls of the store. */
    private static final Duration LONGEST_CALL = LONGEST_VERIFY.multipliedBy(4);

    private static final int ROUNDS = Integer.getInteger("apikeys.verify.times", 1);

    @RegisterExtension
    static final Results results = new Results("standby");

    private static ApiKeyManager manager(HikariDataSource pool, Duration cacheMaxAge) {
        return ApiKeys.builder(JdbcApiKeyStore.create(pool))
                .handOff(JdbcTempKeyStore.create(pool))
                .cacheMaxAge(cacheMaxAge)
                .build();
    }

    private static void createSchema(PostgresPair pair) {
        try (HikariDataSource pool = Pools.open(pair.url(0))) {
            JdbcSchema.create(pool);
        }
    }

    /** Also what the primary reports as committed because the wait for the standby was canceled. */
    @Test
    void withSynchronousReplicationNothingAcknowledgedIsLost() throws SQLException {
        for (int round = 0; round < ROUNDS; round++) {
            try (PostgresPair pair = PostgresPair.start(Replication.SYNCHRONOUS)) {
                createSchema(pair);
                try (Load load = Load.start(pair.log("load"), pair.url(), pair.url())) {
                    awaitBoth(load);
                    pair.kill(1);
                    load.awaitUnknown(4);
                    pair.kill(0);
                    pair.restart(1);
                    pair.promote();
                    results.note(
                            "SIGKILL of the primary: after the promotion, writes are acknowledged after",
                            load.awaitMade(0, 20));
                    awaitBoth(load);
                    load.finish();
                    Audit audit = Audit.of(load, DriverManager.getConnection(pair.url(1)));
                    audit.requireAllKept(LONGEST_VERIFY, LONGEST_CALL);
                    audit.note(results);
                }
            }
        }
    }

    private static void awaitBoth(Load load) {
        load.awaitMade(0, 20);
        load.awaitMade(1, 20);
        load.awaitRevoked(20);
    }

    /** What is not promised: without a wait for the standby, a failover undoes what it had not received. */
    @Test
    void withAsynchronousReplicationARevocationCanComeUndone() {
        try (PostgresPair pair = PostgresPair.start(Replication.ASYNCHRONOUS)) {
            createSchema(pair);
            try (HikariDataSource pool = Pools.open(pair.url());
                    ApiKeyManager keys = manager(pool, Duration.ZERO)) {
                CreatedKey kept =
                        keys.create(KeySpec.builder("kept").role("read_only").build());
                CreatedKey key =
                        keys.create(KeySpec.builder("a").role("read_only").build());
                keys.revoke(kept.id(), "test");
                JdbcApiKeyStore follower = JdbcApiKeyStore.create(pool);
                Changes.Mark mark =
                        follower.changes(follower.changes(null).next()).next();
                pair.awaitReplicated();
                pair.kill(1);
                keys.revoke(key.id(), "test");
                assertThat(keys.verify(key.secret().reveal()).code()).isEqualTo(Code.REVOKED);

                pair.kill(0);
                pair.restart(1);
                pair.promote();
                await().atMost(PATIENCE)
                        .until(() -> keys.verify(kept.secret().reveal()).code() == Code.REVOKED);
                assertThat(keys.verify(key.secret().reveal()).code()).isEqualTo(Code.VALID);
                // What a node has cached may be from before or after the failover.
                Changes changes = await().atMost(PATIENCE)
                        .ignoreExceptionsInstanceOf(StorageException.class) // of a connection to the old primary
                        .until(() -> follower.changes(mark), told -> true);
                assertThat(changes.isAll()).isTrue();
                keys.revoke(key.id(), "again");
                assertThat(keys.verify(key.secret().reveal()).code()).isEqualTo(Code.REVOKED);
                assertThat(follower.changes(changes.next()).ids())
                        .containsExactly(key.id().value());
            }
        }
    }

    /** A pool that still leads to the old primary. */
    @Test
    void aDemotedNodeDecidesNothing() {
        try (PostgresPair pair = PostgresPair.start(Replication.ASYNCHRONOUS)) {
            createSchema(pair);
            try (HikariDataSource old = Pools.open(pair.url(0))) {
                ApiKeyManager left = manager(old, LoadNode.CACHE_MAX_AGE);
                CreatedKey key =
                        left.create(KeySpec.builder("a").role("read_only").build());
                assertThat(left.verify(key.secret().reveal()).code()).isEqualTo(Code.VALID);
                JdbcApiKeyStore follower = JdbcApiKeyStore.create(old);
                Changes.Mark mark = follower.changes(null).next();
                pair.awaitReplicated();
                pair.switchOver();
                try (HikariDataSource now = Pools.open(pair.url());
                        ApiKeyManager right = manager(now, LoadNode.CACHE_MAX_AGE)) {
                    left.verify(key.secret().reveal());
                    right.revoke(key.id(), "test");
                    long revoked = System.nanoTime();
                    long[] lastValid = {revoked};
                    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(() -> {
                        long began = System.nanoTime();
                        Code code = left.verify(key.secret().reveal()).code();
                        lastValid[0] = code == Code.VALID ? began : lastValid[0];
                        return code == Code.STORE_UNAVAILABLE;
                    });
                    Duration staleness = Duration.ofNanos(lastValid[0] - revoked);
                    assertThat(staleness).isLessThanOrEqualTo(LoadNode.CACHE_MAX_AGE);
                    results.note(
                            "greatest staleness on a demoted primary (bound: " + LoadNode.CACHE_MAX_AGE.toMillis()
                                    + ")",
                            staleness);
                    for (int i = 0; i < 20; i++) {
                        assertThat(left.verify(key.secret().reveal()).code()).isEqualTo(Code.STORE_UNAVAILABLE);
                    }
                    assertThatThrownBy(() -> left.create(
                                    KeySpec.builder("b").role("read_only").build()))
                            .isInstanceOfSatisfying(
                                    StorageException.class,
                                    e -> assertThat(e.outcomeUnknown()).isFalse())
                            .hasMessageContaining("read-only");
                    assertThatThrownBy(() -> left.revoke(key.id(), "again"))
                            .isInstanceOf(StorageException.class)
                            .hasMessageContaining("standby");
                    assertThatThrownBy(() -> follower.changes(mark))
                            .isInstanceOf(StorageException.class)
                            .hasMessageContaining("standby");
                    assertThatThrownBy(left::close).hasMessageContaining("could not be written");
                }
            }
        }
    }

    /** It was connected while the primary was away, and would stay there as long as its connections are lent again. */
    @Test
    void aPoolThatReachedTheStandbyGoesBackToThePrimary() {
        try (PostgresPair pair = PostgresPair.start(Replication.ASYNCHRONOUS)) {
            createSchema(pair);
            try (HikariDataSource pool = Pools.open(pair.urlOfEither());
                    ApiKeyManager keys = manager(pool, Duration.ZERO)) {
                KeySpec spec = KeySpec.builder("a").role("read_only").build();
                String secret = keys.create(spec).secret().reveal();
                pair.awaitReplicated();

                reachTheStandby(pair, pool);
                assertThat(keys.verify(secret).code()).isEqualTo(Code.STORE_UNAVAILABLE);
                pair.restart(0);
                requireOneOf(
                        pool.getMaximumPoolSize(), () -> keys.verify(secret).code() == Code.VALID);

                reachTheStandby(pair, pool);
                assertThatThrownBy(() -> keys.create(spec)).hasMessageContaining("read-only");
                pair.restart(0);
                requireOneOf(pool.getMaximumPoolSize(), () -> catchThrowable(() -> keys.create(spec)) == null);
            }
        }
    }

    private static void reachTheStandby(PostgresPair pair, HikariDataSource pool) {
        pair.kill(0);
        await().atMost(PATIENCE).ignoreExceptions().until(() -> {
            try (Connection connection = pool.getConnection()) {
                return Audit.texts(connection, "SELECT pg_is_in_recovery()").contains("t");
            }
        });
    }

    /** Each connection of the pool may be refused once. */
    private static void requireOneOf(int calls, BooleanSupplier succeeds) {
        assertThat(IntStream.rangeClosed(0, calls).anyMatch(call -> succeeds.getAsBoolean()))
                .as("one of %d calls succeeds", calls + 1)
                .isTrue();
    }

    @Test
    void worksBehindPgbouncerByTransactionOnlyWithoutPreparedStatements() {
        try (PostgresPair pair = PostgresPair.start(Replication.ASYNCHRONOUS)) {
            createSchema(pair);
            String url = pair.bouncerUrl();
            AtomicInteger done = new AtomicInteger();
            callFromSixteenThreads(url + "&prepareThreshold=0", keys -> {
                CreatedKey key = keys.create(KeySpec.builder("a")
                        .role("read_only")
                        .handOff(Duration.ofHours(1))
                        .build());
                assertThat(keys.vault()
                                .claim(key.handOff().orElseThrow().ticket().reveal()))
                        .isInstanceOf(ClaimResult.Claimed.class);
                assertThat(keys.verify(key.secret().reveal()).code()).isEqualTo(Code.VALID);
                CreatedKey next = keys.rotate(key.id(), Rotation.immediate());
                assertThat(keys.verify(key.secret().reveal()).code()).isEqualTo(Code.REVOKED);
                assertThat(keys.verify(next.secret().reveal()).code()).isEqualTo(Code.VALID);
                keys.createAll(Collections.nCopies(
                        3, KeySpec.builder("b").role("read_only").build()));
                done.incrementAndGet();
            });
            assertThat(done).hasValue(16 * 20);

            Queue<String> messages = new ConcurrentLinkedQueue<>();
            // Whether a statement meets a server connection that does not know it is up to chance.
            for (int round = 0; round < 20 && messages.isEmpty(); round++) {
                callFromSixteenThreads(url, keys -> {
                    Throwable thrown = catchThrowable(() ->
                            keys.create(KeySpec.builder("a").role("read_only").build()));
                    if (thrown != null) {
                        messages.add(thrown.getMessage());
                    }
                });
            }
            assertThat(messages).anyMatch(message -> message.contains("set prepareThreshold=0"));
        }
    }

    private static void callFromSixteenThreads(String url, Crew.Each<ApiKeyManager> call) {
        try (HikariDataSource pool = Pools.patient(url);
                ApiKeyManager keys = manager(pool, Duration.ZERO)) {
            List<ApiKeyManager> callers = Collections.nCopies(16, keys);
            Crew.run(callers, manager -> {
                for (int i : IntStream.range(0, 20).toArray()) {
                    call.accept(manager);
                }
            });
        }
    }
}
