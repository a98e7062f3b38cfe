package dev.apikeys;

import dev.apikeys.internal.concurrent.Admissions;
import dev.apikeys.spi.KeyRow;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What has to be done from time to time: write usage, purge, move hashes to the current pepper. */
final class Maintenance implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Maintenance.class);
    private static final int PURGE_CHUNK = 500;
    private static final int MAX_CHUNKS = 20;

    private final Engine engine;
    private final @Nullable DefaultTempKeyVault vault;
    private final @Nullable Duration retention;
    private final Admissions admissions;

    Maintenance(
            Engine engine, @Nullable DefaultTempKeyVault vault, @Nullable Duration retention, Admissions admissions) {
        this.admissions = admissions;
        this.engine = engine;
        this.vault = vault;
        this.retention = retention;
    }

    /** One round for a scheduler, which would never come back to a task that throws. */
    @Override
    public void run() {
        try {
            roundUnlessClosed();
        } catch (Throwable e) {
            LOG.warn("Maintenance failed and will be tried again", e);
        }
    }

    /** Close waits for it as for others. */
    private void roundUnlessClosed() {
        if (admissions.tryEnter()) {
            try {
                round();
            } finally {
                admissions.leave();
            }
        }
    }

    /** Does everything, also if a part fails, and then throws the first failure. */
    void round() {
        RuntimeException failure = attempt(null, this::flush);
        failure = attempt(failure, this::purgeTempKeys);
        failure = attempt(failure, this::purgeKeys);
        failure = attempt(failure, () -> engine.rehash().write(engine.store(), engine.operations()));
        if (failure != null) {
            throw failure;
        }
    }

    @SuppressWarnings("ReferenceEquality") // Which object it is decides: nothing suppresses itself.
    private static @Nullable RuntimeException attempt(@Nullable RuntimeException earlier, Runnable part) {
        try {
            part.run();
            return earlier;
        } catch (RuntimeException e) {
            if (earlier == null) {
                return e;
            }
            if (e != earlier) { // A store may throw the same one again.
                earlier.addSuppressed(e);
            }
            return earlier;
        }
    }

    void flush() {
        engine.usage()
                .flush(chunk -> engine.store().addUsage(engine.operations().of("flush"), chunk));
    }

    private void purgeTempKeys() {
        if (vault == null) {
            return;
        }
        long now = engine.clock().millis();
        for (int i = 0; i < MAX_CHUNKS; i++) {
            if (vault.purge(engine.operations().of("purge"), now, PURGE_CHUNK) < PURGE_CHUNK) {
                return;
            }
        }
    }

    private void purgeKeys() {
        if (retention == null) {
            return;
        }
        long now = engine.clock().millis();
        for (int i = 0; i < MAX_CHUNKS; i++) {
            List<KeyRow> removed =
                    engine.store().purge(engine.operations().of("purge"), now - retention.toMillis(), PURGE_CHUNK);
            for (KeyRow row : KeyEditor.listable(removed)) {
                engine.emitter().emit(KeyEvent.Type.DELETED, new KeyId(row.id()), now, "purged");
            }
            if (removed.size() < PURGE_CHUNK) {
                return;
            }
        }
    }
}
