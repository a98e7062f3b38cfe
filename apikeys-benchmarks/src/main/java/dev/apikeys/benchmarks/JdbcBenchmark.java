package dev.apikeys.benchmarks;

import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeyId;
import dev.apikeys.KeySpec;
import dev.apikeys.KeyUpdate;
import dev.apikeys.Verification;
import dev.apikeys.jdbc.JdbcApiKeyStore;
import dev.apikeys.jdbc.JdbcTempKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Changes;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.UsageBatch;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * How many keys are created and verified in a second in a database, against the same random bytes, hash and statement
 * {@linkplain ByHand by hand} on the same pool. A verification puts its key into the cache, where each next one finds it
 * too old. How often keys were used is written when the benchmark is over, so it is in none of the figures.
 *
 * <p>{@code java -jar apikeys-benchmarks/target/benchmarks.jar jmh '\.JdbcBenchmark' -t 8 -p database=postgresql}
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@State(Scope.Benchmark)
public class JdbcBenchmark {
    private static final int AT_ONCE = 500;
    private static final int WARM_UP = 5_000;
    private static final Duration TOO_SHORT = Duration.ofNanos(1);
    private static final Duration AFTERWARDS = Duration.ofHours(1);
    private static final String AS_LONG_AS_SEALED = "x".repeat(143);
    private static final List<KeySpec> MANY = Collections.nCopies(AT_ONCE, Scene.SPEC);

    /** The database; the servers are started for the benchmark. */
    @Param({"postgresql", "mariadb", "h2", "sqlite"})
    public String database = "";

    /** How many keys there are at the beginning. */
    @Param("10000")
    public int keysBefore;

    private final Floor floor = new Floor();

    @SuppressWarnings("NullAway.Init") // In start, before anything else.
    private Database started;

    @SuppressWarnings("NullAway.Init")
    private ApiKeyStore store;

    @SuppressWarnings("NullAway.Init")
    private ApiKeyManager keys;

    @SuppressWarnings("NullAway.Init")
    private ByHand byHand;

    private String[] secrets = {};

    /** A node that follows the store, and writes the usage of keys that no other node uses: none waits for a lock. */
    @State(Scope.Thread)
    public static class Node {
        private final String name = UUID.randomUUID().toString();
        private int index;
        private int nodes;
        private long batches;
        private Changes.@Nullable Mark mark;

        /** Takes its place among the nodes. */
        @Setup
        public void takePlace(ThreadParams params) {
            index = params.getThreadIndex();
            nodes = params.getThreadCount();
        }
    }

    /** Starts the database and puts the keys into it. */
    @Setup
    public void start(BenchmarkParams params) throws Exception {
        started = Database.start(database);
        try {
            byHand = new ByHand(started.pool(), database);
            store = JdbcApiKeyStore.create(started.pool());
            keys = ApiKeys.builder(store)
                    .handOff(JdbcTempKeyStore.builder(started.pool())
                            .maxLive(10_000_000)
                            .build())
                    .cacheMaxAge(TOO_SHORT)
                    .maintenanceInterval(AFTERWARDS)
                    .build();
            secrets = Scene.fill(keys, keysBefore, keysBefore).toArray(String[]::new);
            if (params.getThreads() > Runtime.getRuntime().availableProcessors()) {
                warmUp(Math.min(WARM_UP, keysBefore));
            }
        } catch (Exception e) {
            started.close();
            throw e;
        }
    }

    /** Both sides on one thread: beside more threads than cores, the compiler of the JVM would take a minute. */
    private void warmUp(int times) throws NoSuchAlgorithmException, SQLException {
        for (int i = 0; i < times; i++) {
            create();
            insertByHand();
            createHandedOff();
            insertTwoByHand();
            for (int reads = 0; reads < 2; reads++) {
                verifyCold();
                selectByHand();
            }
        }
    }

    /** Writes the uses and stops the database. */
    @TearDown
    public void stop() throws SQLException {
        try {
            keys.close();
        } finally {
            started.close();
        }
    }

    private String one() {
        return secrets[ThreadLocalRandom.current().nextInt(secrets.length)];
    }

    /** One key. */
    @Benchmark
    public CreatedKey create() {
        return keys.create(Scene.SPEC);
    }

    /** One key with a hand-off: a sealed temp key besides. */
    @Benchmark
    public CreatedKey createHandedOff() {
        return keys.create(Scene.HANDED_OFF);
    }

    /** The floor of one key with a hand-off: two rows, and nothing sealed. */
    @Benchmark
    public int insertTwoByHand() throws NoSuchAlgorithmException, SQLException {
        KeyRow row = row();
        String ticketHash = Floor.hash(floor.secret(row.createdAt())).substring("sha256$$".length());
        return byHand.insertTemp(ticketHash, row.id(), AS_LONG_AS_SEALED, row.createdAt(), Long.MAX_VALUE)
                + byHand.insert(row);
    }

    /** The floor of one key. */
    @Benchmark
    public int insertByHand() throws NoSuchAlgorithmException, SQLException {
        return byHand.insert(row());
    }

    /** One of 500 keys of one call. */
    @Benchmark
    @OperationsPerInvocation(AT_ONCE)
    public List<CreatedKey> createAll500() {
        return keys.createAll(MANY);
    }

    /** The floor of one of 500 keys. */
    @Benchmark
    @OperationsPerInvocation(AT_ONCE)
    public int[] batch500ByHand() throws NoSuchAlgorithmException, SQLException {
        List<KeyRow> rows = new ArrayList<>(AT_ONCE);
        for (int i = 0; i < AT_ONCE; i++) {
            rows.add(row());
        }
        return byHand.insertAll(rows);
    }

    private KeyRow row() throws NoSuchAlgorithmException {
        long now = System.currentTimeMillis();
        return Floor.row(floor.secret(now), now);
    }

    /** A good key that is not in the cache. */
    @Benchmark
    public Verification verifyCold() {
        return keys.verify(one());
    }

    /** What others changed, where they changed nothing. */
    @Benchmark
    public Changes poll(Node node) {
        Changes changes = store.changes(node.mark);
        node.mark = changes.next();
        return changes;
    }

    /** A new name for a key, with the journal row that says so. */
    @Benchmark
    public ApiKey change() {
        int number = ThreadLocalRandom.current().nextInt();
        return keys.update(
                KeyId.of(Floor.id(one())),
                KeyUpdate.builder().name("deploys " + number).build());
    }

    /** One of 500 keys of a flush of usage. */
    @Benchmark
    @OperationsPerInvocation(AT_ONCE)
    public void flush500(Node node) {
        long now = System.currentTimeMillis();
        int own = secrets.length / node.nodes;
        List<UsageBatch.Delta> deltas = ThreadLocalRandom.current()
                .ints(0, own)
                .distinct()
                .limit(Math.min(AT_ONCE, own))
                .mapToObj(n -> Floor.id(secrets[n * node.nodes + node.index]))
                .sorted()
                .map(id -> new UsageBatch.Delta(id, 1, now))
                .toList();
        store.addUsage(new UsageBatch(node.name, ++node.batches, deltas));
    }

    /** The floor of a good key: its row, and one hash that is compared. */
    @Benchmark
    public boolean selectByHand() throws NoSuchAlgorithmException, SQLException {
        String secret = one();
        KeyRow row = Objects.requireNonNull(byHand.select(Floor.id(secret)));
        String hash = Floor.hash(secret.getBytes(StandardCharsets.ISO_8859_1));
        return MessageDigest.isEqual(
                hash.getBytes(StandardCharsets.ISO_8859_1), row.hash().getBytes(StandardCharsets.ISO_8859_1));
    }
}
