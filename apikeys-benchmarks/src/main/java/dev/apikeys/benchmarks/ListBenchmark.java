package dev.apikeys.benchmarks;

import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.KeyQuery;
import dev.apikeys.KeySpec;
import dev.apikeys.Page;
import dev.apikeys.memory.InMemoryApiKeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What a page of 100 keys in memory costs at the beginning and at the end of the list, of all keys and of those of one
 * owner, who has every tenth. {@link ScaleBenchmark} asks the same of a database.
 *
 * <p>{@code java -jar apikeys-benchmarks/target/benchmarks.jar jmh ListBenchmark}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Benchmark)
public class ListBenchmark {
    private static final int AT_ONCE = 1_000;
    private static final int OWNERS = 10;
    private static final int PAGE = 100;
    private static final KeyQuery ALL = KeyQuery.all().limit(PAGE);
    private static final KeyQuery OWNED = ALL.owner("team-7");

    /** How many there are; whole thousands. */
    @Param("1000000")
    public int present;

    @SuppressWarnings("NullAway.Init") // In fill, before anything else.
    private ApiKeyManager keys;

    private KeyQuery last = ALL;
    private KeyQuery lastOwned = OWNED;

    /** Creates the keys, and finds where the last pages begin. */
    @Setup
    public void fill() {
        keys = ApiKeys.builder(new InMemoryApiKeyStore())
                .maintenanceInterval(Duration.ofHours(1))
                .build();
        for (int done = 0; done < present; done += AT_ONCE) {
            keys.createAll(specs());
        }
        last = lastPage(ALL);
        lastOwned = lastPage(OWNED);
    }

    private static List<KeySpec> specs() {
        List<KeySpec> specs = new ArrayList<>(AT_ONCE);
        for (int i = 0; i < AT_ONCE; i++) {
            specs.add(KeySpec.builder("deploys-from-the-ci1")
                    .owner("team-" + i % OWNERS)
                    .role("read_upload")
                    .build());
        }
        return specs;
    }

    /** The last page that is full: what comes after it may be empty, and cheap for that. */
    private KeyQuery lastPage(KeyQuery first) {
        KeyQuery last = first;
        Page<ApiKey> page = keys.list(first);
        while (page.next().isPresent()) {
            KeyQuery query = first.after(page.next().get());
            page = keys.list(query);
            if (page.items().size() == PAGE) {
                last = query;
            }
        }
        return last;
    }

    /** Stops the manager's threads. */
    @TearDown
    public void stop() {
        keys.close();
    }

    /** The first page of all keys. */
    @Benchmark
    public Page<ApiKey> first() {
        return keys.list(ALL);
    }

    /** The last page of all keys. */
    @Benchmark
    public Page<ApiKey> last() {
        return keys.list(last);
    }

    /** The first page of the owner's keys. */
    @Benchmark
    public Page<ApiKey> firstOfOwner() {
        return keys.list(OWNED);
    }

    /** The last page of the owner's keys. */
    @Benchmark
    public Page<ApiKey> lastOfOwner() {
        return keys.list(lastOwned);
    }
}
