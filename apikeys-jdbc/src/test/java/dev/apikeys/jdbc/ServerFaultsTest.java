package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.zaxxer.hikari.HikariConfig;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.ClaimResult;
import dev.apikeys.CreatedKey;
import dev.apikeys.JournalQuery;
import dev.apikeys.KeyId;
import dev.apikeys.KeyQuery;
import dev.apikeys.KeySpec;
import dev.apikeys.KeyUpdate;
import dev.apikeys.Rotation;
import dev.apikeys.Verification.Code;
import dev.apikeys.jdbc.TcpProxy.Cut;
import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.StorageException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import javax.sql.DataSource;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What callers of a manager see when the server, its network or their own process dies. */
class ServerFaultsTest {

    private static final Duration BOUND = Duration.ofSeconds(2);

    /** How late a call may return on a machine that is busy. */
    private static final Duration SLACK = Duration.ofSeconds(6);

    /**
     * With prepared statements, a statement's text would be sent the first few times only, and the proxy wait for it in
     * vain. And unless told otherwise, the driver tries for ten seconds to cancel a statement when the network is silent.
     */
    private static final String POSTGRESQL_OPTIONS = "&prepareThreshold=0&cancelSignalTimeout=1";

    private static final KeySpec SPEC =
            KeySpec.builder("ci deploy").role("read_upload").build();

    private static ApiKeyManager manager(DataSource pool) {
        return ApiKeys.builder(JdbcApiKeyStore.builder(pool).timeout(BOUND).build())
                .handOff(JdbcTempKeyStore.builder(pool).timeout(BOUND).build())
                .cacheMaxAge(Duration.ZERO)
                .maintainedByHost()
                .build();
    }

    private static HikariConfig through(TestDatabase database, TcpProxy proxy) {
        HikariConfig configuration = database.configuration(4);
        String url = database.urlThrough(proxy.port());
        configuration.setJdbcUrl(database.product() == Product.POSTGRESQL ? url + POSTGRESQL_OPTIONS : url);
        configuration.setConnectionTimeout(BOUND.toMillis());
        return configuration;
    }

    @ParameterizedTest
    @CsvSource({"POSTGRESQL, BEFORE", "POSTGRESQL, AFTER", "MARIADB, BEFORE", "MARIADB, AFTER"})
    void aCreateWhoseAnswerIsLostIsRepeatedSafely(Product product, Cut cut) {
        try (TestDatabase database = TestDatabase.of(product);
                TcpProxy proxy = new TcpProxy(database.server().port())) {
            DataSource pool = database.pool(through(database, proxy));
            JdbcSchema.create(pool);
            ApiKeyManager keys = manager(pool);
            KeyId id = KeyId.random();
            KeySpec spec =
                    KeySpec.builder("ci deploy").role("read_upload").id(id).build();

            proxy.cutAt("COMMIT", cut);
            assertThatThrownBy(() -> keys.create(spec)).isInstanceOfSatisfying(StorageException.class, e -> {
                assertThat(e.outcomeUnknown()).isTrue();
                assertThat(e.keyId()).contains(id.value());
                assertThat(e)
                        .hasMessageContaining("may have been done")
                        .message()
                        .doesNotContain("nothing was written", "no key was created");
            });
            assertThat(proxy.hasCut()).isTrue();

            if (cut == Cut.AFTER) {
                assertThatThrownBy(() -> keys.create(spec)).isInstanceOf(KeyExistsException.class);
            } else {
                assertThat(keys.create(spec).id()).isEqualTo(id);
            }
            assertThat(keys.list(KeyQuery.all()).items()).extracting(ApiKey::id).containsExactly(id);
        }
    }

    @ParameterizedTest
    @CsvSource({"POSTGRESQL, BEFORE", "POSTGRESQL, AFTER", "MARIADB, BEFORE", "MARIADB, AFTER"})
    void aRotationWhoseCommitIsLostIsWholeOrNotAtAll(Product product, Cut cut) {
        try (TestDatabase database = TestDatabase.of(product);
                TcpProxy proxy = new TcpProxy(database.server().port())) {
            DataSource pool = database.pool(through(database, proxy));
            JdbcSchema.create(pool);
            ApiKeyManager keys = manager(pool);
            KeyId old = keys.create(SPEC).id();

            proxy.cutAt("COMMIT", cut);
            List<String> successor = new ArrayList<>();
            assertThatThrownBy(() -> keys.rotate(old, Rotation.immediate()))
                    .isInstanceOfSatisfying(StorageException.class, e -> {
                        assertThat(e.outcomeUnknown()).isTrue();
                        successor.add(e.keyId().orElseThrow());
                    });
            assertThat(proxy.hasCut()).isTrue();

            boolean done = cut == Cut.AFTER;
            assertThat(keys.find(KeyId.of(successor.get(0))).isPresent()).isEqualTo(done);
            assertThat(keys.find(old).orElseThrow().rotatedTo() != null).isEqualTo(done);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "POSTGRESQL, INSERT INTO apikeys_key",
        "POSTGRESQL, INSERT INTO apikeys_journal",
        "MARIADB, INSERT INTO apikeys_key",
        "MARIADB, INSERT INTO apikeys_journal"
    })
    void aConnectionThatDiesBeforeTheCommitLeavesNothing(Product product, String where) {
        try (TestDatabase database = TestDatabase.of(product);
                TcpProxy proxy = new TcpProxy(database.server().port())) {
            DataSource pool = database.pool(through(database, proxy));
            JdbcSchema.create(pool);
            ApiKeyManager keys = manager(pool);
            KeyId old = keys.create(SPEC).id();

            proxy.cutAt(where, Cut.AFTER);
            assertThatThrownBy(() -> keys.rotate(old, Rotation.immediate()))
                    .isInstanceOfSatisfying(
                            StorageException.class,
                            e -> assertThat(e.outcomeUnknown()).isFalse());

            assertThat(proxy.hasCut()).isTrue();
            assertThat(keys.list(KeyQuery.all()).items()).hasSize(1);
            assertThat(keys.find(old).orElseThrow().rotatedTo()).isNull();
            assertThat(keys.journal(JournalQuery.all()).items()).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Product.class,
            names = {"POSTGRESQL", "MARIADB"})
    void aSlowStatementEndsAndTheConnectionGoesOn(Product product) throws SQLException {
        try (TestDatabase database = TestDatabase.of(product)) {
            HikariConfig configuration = database.configuration(1);
            DataSource pool = database.pool(configuration);
            JdbcSchema.create(pool);
            ApiKeyManager keys = manager(pool);
            KeyId id = keys.create(SPEC).id();
            try (Connection other = DriverManager.getConnection(database.url());
                    Statement statement = other.createStatement()) {
                other.setAutoCommit(false);
                statement.execute("UPDATE apikeys_key SET name = 'held'");

                assertEndsWithin(
                        BOUND.plus(SLACK),
                        () -> assertThatThrownBy(() -> keys.update(
                                        id, KeyUpdate.builder().name("new").build()))
                                .isInstanceOfSatisfying(
                                        StorageException.class,
                                        e -> assertThat(e.outcomeUnknown()).isFalse()));
                other.rollback();
            }
            assertThat(keys.update(id, KeyUpdate.builder().name("new").build()).name())
                    .isEqualTo("new");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Product.class,
            names = {"POSTGRESQL", "MARIADB"})
    void anExhaustedPoolIsAnOutageThatPasses(Product product) throws SQLException {
        try (TestDatabase database = TestDatabase.of(product)) {
            HikariConfig configuration = database.configuration(1);
            configuration.setConnectionTimeout(BOUND.toMillis());
            DataSource pool = database.pool(configuration);
            JdbcSchema.create(pool);
            ApiKeyManager keys = manager(pool);
            CreatedKey key = keys.create(SPEC);
            try (Connection taken = pool.getConnection()) {
                assertThat(taken).isNotNull();
                assertEndsWithin(
                        BOUND.plus(SLACK),
                        () -> assertThatThrownBy(() -> keys.create(SPEC))
                                .isInstanceOfSatisfying(
                                        StorageException.class,
                                        e -> assertThat(e.outcomeUnknown()).isFalse())
                                .hasMessageContaining("exhausted"));
                assertThat(keys.verify(key.secret().reveal()).code()).isEqualTo(Code.STORE_UNAVAILABLE);
            }
            assertThat(keys.verify(key.secret().reveal()).code()).isEqualTo(Code.VALID);
            keys.create(SPEC);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Product.class,
            names = {"POSTGRESQL", "MARIADB"})
    void aNetworkThatSwallowsEverythingIsAnOutageThatPasses(Product product) {
        try (TestDatabase database = TestDatabase.of(product);
                TcpProxy proxy = new TcpProxy(database.server().port())) {
            DataSource pool = database.pool(through(database, proxy));
            JdbcSchema.create(pool);
            ApiKeyManager keys = manager(pool);
            CreatedKey key = keys.create(SPEC);

            proxy.hang();
            assertEndsWithin(
                    BOUND.multipliedBy(2).plus(SLACK),
                    () -> assertThat(keys.verify(key.secret().reveal()).code()).isEqualTo(Code.STORE_UNAVAILABLE));
            assertEndsWithin(
                    BOUND.multipliedBy(2).plus(SLACK),
                    () -> assertThatThrownBy(() -> keys.create(SPEC)).isInstanceOf(StorageException.class));
            proxy.pass();

            assertThat(until(
                            Code.VALID::equals,
                            () -> keys.verify(key.secret().reveal()).code()))
                    .isEqualTo(Code.VALID);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Product.class,
            names = {"POSTGRESQL", "MARIADB"})
    void aNetworkThatWentSilentWhileTheConnectionRestedIsAnOutage(Product product) {
        try (TestDatabase database = TestDatabase.of(product);
                TcpProxy proxy = new TcpProxy(database.server().port())) {
            DataSource pool = database.uncheckedPool(through(database, proxy));
            JdbcSchema.create(pool);
            ApiKeyStore store = JdbcApiKeyStore.builder(pool).timeout(BOUND).build();
            store.write(Rows.insert("a", "b"));

            proxy.hang();
            assertEndsWithin(
                    BOUND.plus(SLACK),
                    () -> assertThatThrownBy(() -> store.write(Rows.insert("c", "d")))
                            .isInstanceOf(StorageException.class)
                            .hasMessageContaining("or its driver failed"));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Product.class,
            names = {"POSTGRESQL", "MARIADB"})
    void noAcknowledgedKeyIsLostWhenTheServerStopsAndStartsUnderLoad(Product product) throws Exception {
        try (TestDatabase database = TestDatabase.of(product)) {
            HikariConfig configuration = database.configuration(4);
            configuration.setConnectionTimeout(BOUND.toMillis());
            DataSource pool = database.pool(configuration);
            JdbcSchema.create(pool);
            ApiKeyManager keys = manager(pool);

            int callers = 4;
            Map<KeyId, String> acknowledged = new ConcurrentHashMap<>();
            AtomicLong longest = new AtomicLong();
            AtomicBoolean stop = new AtomicBoolean();
            CountDownLatch working = new CountDownLatch(callers);
            CountDownLatch failing = new CountDownLatch(callers);
            CountDownLatch recovered = new CountDownLatch(callers);
            ExecutorService threads = Executors.newFixedThreadPool(callers);
            List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                done.add(threads.submit(() -> {
                    boolean failed = false;
                    while (!stop.get()) {
                        long start = System.nanoTime();
                        try {
                            CreatedKey key = keys.create(SPEC);
                            acknowledged.put(key.id(), key.secret().reveal());
                            (failed ? recovered : working).countDown();
                        } catch (StorageException e) {
                            failed = true;
                            failing.countDown();
                        }
                        longest.accumulateAndGet(System.nanoTime() - start, Math::max);
                    }
                }));
            }
            assertThat(working.await(60, TimeUnit.SECONDS)).isTrue();
            database.server().stop();
            try {
                assertThat(failing.await(60, TimeUnit.SECONDS)).isTrue();
            } finally {
                database.server().start();
            }
            assertThat(recovered.await(60, TimeUnit.SECONDS)).isTrue();
            stop.set(true);
            for (Future<?> caller : done) {
                caller.get();
            }
            threads.shutdown();

            assertThat(acknowledged).hasSizeGreaterThan(2 * callers);
            assertThat(acknowledged.values())
                    .allSatisfy(secret -> assertThat(keys.verify(secret).code()).isEqualTo(Code.VALID));
            assertThat(Duration.ofNanos(longest.get()))
                    .isLessThan(BOUND.multipliedBy(2).plus(SLACK));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Product.class,
            names = {"POSTGRESQL", "MARIADB"})
    void whatAProcessAcknowledgedBeforeItWasKilledHolds(Product product) throws Exception {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyManager keys = manager(pool);
            int rounds = 3;
            for (int round = 1; round <= rounds; round++) {
                List<String> said = runAndKill(database.url(), 25 * round);
                List<String[]> created = said.stream()
                        .filter(line -> line.startsWith("key "))
                        .map(line -> line.split(" ", -1))
                        .toList();
                for (String[] key : created) {
                    assertThat(keys.verify(key[1]).code()).isEqualTo(Code.VALID);
                    ClaimResult claim = keys.vault().claim(key[2]);
                    assertThat(claim.claimedSecret().orElseThrow().matches(key[1]))
                            .isTrue();
                }
                assertUsageIsOffByTheUnflushedAtMost(keys, said);
                assertThat(sealedForNoKey(pool)).isLessThanOrEqualTo(round);
            }
        }
    }

    /** Lets a process run until it has created so many keys, and kills it; what it said until then. */
    private static List<String> runAndKill(String url, int keys) throws IOException, InterruptedException {
        Process mill = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Mill.class.getName(),
                        url)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<String> said = new ArrayList<>();
        try (BufferedReader output = mill.inputReader(StandardCharsets.UTF_8)) {
            int created = 0;
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                said.add(line);
                if (line.startsWith("key ") && ++created == keys) {
                    // SIGKILL. Through the handle, because the process itself would close what it has still to read.
                    mill.toHandle().destroyForcibly();
                }
            }
        } finally {
            mill.destroyForcibly();
            assertThat(mill.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(said).as("lines of the process").hasSizeGreaterThan(keys);
        // The last line may have been cut.
        return said.subList(0, said.size() - 1);
    }

    private static void assertUsageIsOffByTheUnflushedAtMost(ApiKeyManager keys, List<String> said) {
        String first = said.get(0).split(" ", -1)[1];
        ApiKey key = keys.verify(first).provenKey().orElseThrow();
        long used = keys.find(key.id()).orElseThrow().usageCount();
        long flushed = said.stream()
                .filter(line -> line.startsWith("flushed "))
                .mapToLong(line -> Long.parseLong(line.split(" ", -1)[1]))
                .max()
                .orElse(0);
        long begun = said.stream().filter("using"::equals).count();
        assertThat(used).isBetween(flushed, begun + 1);
    }

    private static long sealedForNoKey(DataSource pool) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet count = statement.executeQuery("SELECT count(*) FROM apikeys_temp t"
                        + " WHERE NOT EXISTS (SELECT 1 FROM apikeys_key k WHERE k.id = t.key_id)")) {
            count.next();
            return count.getLong(1);
        }
    }

    /** On another thread, so that a call without a bound fails the test and does not hang it. */
    private static void assertEndsWithin(Duration bound, Executable call) {
        assertTimeoutPreemptively(bound, call);
    }

    private interface Call<T> {
        T get();
    }

    /** A pool needs a moment to see that its connections are dead. */
    private static <T> T until(Predicate<T> good, Call<T> call) {
        T result = call.get();
        for (int i = 0; i < 10 && !good.test(result); i++) {
            result = call.get();
        }
        return result;
    }
}
