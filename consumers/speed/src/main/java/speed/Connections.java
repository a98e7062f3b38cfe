package speed;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.metrics.IMetricsTracker;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts what is taken from a pool of connections. Thread-safe. */
final class Connections implements IMetricsTracker {
    private final AtomicInteger opened = new AtomicInteger();
    private final AtomicInteger uses = new AtomicInteger();
    private final AtomicInteger inUse = new AtomicInteger();
    private final AtomicInteger mostInUse = new AtomicInteger();

    /** Counts from now on. */
    static Connections of(HikariDataSource pool) {
        Connections connections = new Connections();
        pool.setMetricsTrackerFactory((name, stats) -> connections);
        return connections;
    }

    @Override
    public void recordConnectionCreatedMillis(long took) {
        opened.incrementAndGet();
    }

    @Override
    public void recordConnectionAcquiredNanos(long took) {
        uses.incrementAndGet();
        mostInUse.accumulateAndGet(inUse.incrementAndGet(), Math::max);
    }

    @Override
    public void recordConnectionUsageMillis(long took) {
        inUse.decrementAndGet();
    }

    int opened() {
        return opened.get();
    }

    int uses() {
        return uses.get();
    }

    int mostInUse() {
        return mostInUse.get();
    }
}
