package dev.apikeys.jdbc.internal;

import dev.apikeys.spi.StorageException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Prevents the use of tables that a later library has changed incompatibly: checked at first, then once a minute before
 * the next task. Thread-safe.
 */
final class VersionCheck {

    private static final long INTERVAL_NANOS = Duration.ofMinutes(1).toNanos();

    private final Connections connections;
    private final int library;
    private final AtomicLong checkedAt;
    private volatile @Nullable String refusal;

    /** Checks immediately; throws {@link StorageException} if the tables cannot be used. */
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
