package dev.apikeys.jdbc.internal;

import dev.apikeys.spi.StorageException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a library from using tables that a later one has changed beyond its understanding: checked at first, and then once
 * a minute by whichever task comes next. Thread-safe.
 */
final class VersionCheck {

    private static final long INTERVAL_NANOS = Duration.ofMinutes(1).toNanos();

    private final Connections connections;
    private final int library;
    private final AtomicLong checkedAt;
    private volatile @Nullable String refusal;

    /** Checks at once; throws {@link StorageException} if the tables cannot be used. */
    VersionCheck(Connections connections, int library) {
        this.connections = connections;
        this.library = library;
        checkedAt = new AtomicLong(connections.ticker().getAsLong());
        check();
        requireAccepted();
    }

    /** Throws {@link StorageException} if the tables cannot be used. */
    void beforeTask() {
        long last = checkedAt.get();
        long now = connections.ticker().getAsLong();
        if (now - last >= INTERVAL_NANOS && checkedAt.compareAndSet(last, now)) {
            try {
                check();
            } catch (StorageException e) {
                checkedAt.set(last);
                throw e;
            }
        }
        requireAccepted();
    }

    private void check() {
        refusal = SchemaVersion.of(connections).refusal(library, connections);
    }

    private void requireAccepted() {
        String message = refusal;
        if (message != null) {
            throw new StorageException(message, null);
        }
    }
}
