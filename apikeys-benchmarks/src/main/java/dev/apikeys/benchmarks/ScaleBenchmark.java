package dev.apikeys.benchmarks;

import dev.apikeys.ApiKey;
import dev.apikeys.CreatedKey;
import dev.apikeys.JournalEntry;
import dev.apikeys.JournalQuery;
import dev.apikeys.KeyId;
import dev.apikeys.KeyQuery;
import dev.apikeys.Page;
import dev.apikeys.Verification;
import dev.apikeys.spi.ApiKeyStore.Purge;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.spi.UsageBatch;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the operations on a PostgreSQL cost with 50 000 keys and with five million. All questions share one database, so
 * run it without forks.
 *
 * <p>{@code java -jar apikeys-benchmarks/target/benchmarks.jar jmh ScaleBenchmark -f 0}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@State(Scope.Benchmark)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 6, time = 1)
public class ScaleBenchmark {
    private static final int PAGE = 100;
    private static final int PURGED = 1_000;
    private static final int FLUSHED = 500;
    private static final String NODE = UUID.randomUUID().toString();
    private static final AtomicLong NUMBER = new AtomicLong();

    /** How many keys there are. */
    @Param({"50000", "5000000"})
    public int present;

    private final AtomicInteger bulk = new AtomicInteger();

    @SuppressWarnings("NullAway.Init") // In fill, before anything else.
    private ManyKeys many;

    @SuppressWarnings("NullAway.Init")
    private KeyQuery lastOfOwner;

    /** Fills the database, once for each number of keys. */
    @Setup
    public void fill() {
        many = ManyKeys.of(present);
        lastOfOwner = many.lastPage(KeyQuery.all().owner(ManyKeys.OWNER), PAGE);
    }

    private Page<ApiKey> page(KeyQuery query) {
        return many.keys.list(query.limit(PAGE));
    }

    private static Instant halfAYearAgo() {
        return Instant.now().minus(Duration.ofDays(180));
    }

    /** One key. */
    @Benchmark
    public CreatedKey create() {
        return many.keys.create(Scene.SPEC);
    }

    /** A good key that is not in the cache. */
    @Benchmark
    public Verification verifyCold() {
        return many.keys.verify(many.secrets.get(ThreadLocalRandom.current().nextInt(many.secrets.size())));
    }

    /** The oldest keys. */
    @Benchmark
    public Page<ApiKey> first() {
        return page(KeyQuery.all());
    }

    /** The same SELECT by hand. */
    @Benchmark
    public List<Object[]> firstByHand() throws SQLException {
        return many.firstByHand(PAGE);
    }

    /** The newest keys. */
    @Benchmark
    public Page<ApiKey> newest() {
        return page(KeyQuery.all().newestFirst());
    }

    /** The oldest of 1 000 keys of an owner. */
    @Benchmark
    public Page<ApiKey> firstOfOwner() {
        return page(KeyQuery.all().owner(ManyKeys.OWNER));
    }

    /** The last full page of that owner. */
    @Benchmark
    public Page<ApiKey> lastOfOwner() {
        return many.keys.list(lastOfOwner);
    }

    /** The first keys that one administrator created. */
    @Benchmark
    public Page<ApiKey> createdBy() {
        return page(KeyQuery.all().createdBy(ManyKeys.CREATOR));
    }

    /** The keys that ended long ago: an index finds them, but not in the order of a page. */
    @Benchmark
    public Page<ApiKey> endedBefore() {
        return page(KeyQuery.all().endingBefore(halfAYearAgo()));
    }

    /** A rare status: no index serves it. */
    @Benchmark
    public Page<ApiKey> disabled() {
        return page(KeyQuery.all().status(KeyStatus.DISABLED));
    }

    /** A rare role: no index serves it. */
    @Benchmark
    public Page<ApiKey> role() {
        return page(KeyQuery.all().role("admin"));
    }

    /** Keys without a use for half a year: no index serves it. */
    @Benchmark
    public Page<ApiKey> unused() {
        return page(KeyQuery.all().unusedSince(halfAYearAgo()));
    }

    /** A text that few names hold: no index serves it. */
    @Benchmark
    public Page<ApiKey> search() {
        return page(KeyQuery.all().matching("service 4999"));
    }

    /** What was done last: the journal has an entry for each key. */
    @Benchmark
    public Page<JournalEntry> journal() {
        return many.keys.journal(JournalQuery.all().limit(PAGE));
    }

    /** What was done to one key. */
    @Benchmark
    public Page<JournalEntry> journalOfKey() {
        return many.keys.journal(JournalQuery.all().key(KeyId.of(ManyKeys.id(present / 2))));
    }

    /** One of 10 000 keys of an owner that are revoked in one call. */
    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @Warmup(iterations = 1)
    @Measurement(iterations = ManyKeys.BULKS - 1)
    @OperationsPerInvocation(ManyKeys.OWNED_IN_BULK)
    public int revokeAll() {
        return many.keys.revokeAll(KeyQuery.all().owner("bulk-" + bulk.getAndIncrement()), "moved away");
    }

    /** The removal of 1 000 keys that ended a year ago; 4 000 in all. */
    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @Warmup(iterations = 1)
    @Measurement(iterations = 3)
    public Purge purge() {
        JournalRow row = JournalRow.builder("purge" + NUMBER.incrementAndGet(), "PURGED", "system")
                .build();
        return many.store.purge(Duration.ofDays(180), System.currentTimeMillis(), PURGED, row);
    }

    /** A flush of the use of 500 keys, as many as one batch holds. */
    @Benchmark
    public void flush() {
        long now = System.currentTimeMillis();
        List<UsageBatch.Delta> deltas = ThreadLocalRandom.current()
                .longs(1, many.present)
                .distinct()
                .limit(FLUSHED)
                .sorted()
                .mapToObj(n -> new UsageBatch.Delta(ManyKeys.id(n), 1, now))
                .toList();
        many.store.addUsage(new UsageBatch(NODE, NUMBER.incrementAndGet(), deltas));
    }
}
