package dev.apikeys.tck;

import dev.apikeys.spi.TempKeyStore;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The contract of a store of temp keys on something that can fail. */
abstract class TempContract extends TempKeyStoreContract {
    private static final int ROOM = 10_000;

    final Backing backing = new Backing();

    /** A sound store, with what is broken overridden. */
    @Override
    protected abstract TempKeyStore storeOf(int maxLive);

    @Override
    protected TempKeyStore store() {
        return storeOf(ROOM);
    }

    @Override
    protected Duration patience() {
        return Duration.ofSeconds(10);
    }

    /** Enough to find what is broken, and no more than many stores can be tested with. */
    @Override
    int crowd() {
        return 16;
    }

    @Override
    protected @Nullable StoreFaults<TempKeyStore> faults() {
        return new BackingFaults<>(backing, ReferenceTempKeyStore::new);
    }

    /** Nothing is wrong. */
    static class Sound extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return new ReferenceTempKeyStore(backing, maxLive);
        }
    }

    /** Nothing is wrong, and the clock is as far behind as it may be. */
    static class SoundWithItsClockBehind extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return apart(backing, maxLive, -24 * MINUTE);
        }
    }

    /** Nothing is wrong, and the clock is as far ahead as it may be. */
    static class SoundWithItsClockAhead extends TempContract {
        @Override
        protected TempKeyStore storeOf(int maxLive) {
            return apart(backing, maxLive, 24 * MINUTE);
        }
    }

    private static TempKeyStore apart(Backing backing, int maxLive, long millis) {
        return new ReferenceTempKeyStore(backing, maxLive) {
            @Override
            long clock() {
                return super.clock() + millis;
            }
        };
    }

    /** Nothing is wrong, nothing can be made to fail, and the bound is fixed. */
    static class SoundWithoutFaults extends TempKeyStoreContract {
        @Override
        protected TempKeyStore store() {
            return new ReferenceTempKeyStore();
        }
    }
}
