package dev.apikeys.tck;

import dev.apikeys.spi.ApiKeyStore;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The contract of a store on something that can fail. */
abstract class KeyContract extends ApiKeyStoreContract {
    final Backing backing = new Backing();

    /** A sound store, with what is broken overridden. */
    @Override
    protected abstract ApiKeyStore store();

    /** A store for 64 callers on one connection. */
    ApiKeyStore narrow() {
        return new ReferenceKeyStore();
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
    protected @Nullable StoreFaults<ApiKeyStore> faults() {
        return new BackingFaults<>(backing, this::narrow);
    }

    /** Nothing is wrong. */
    static class Sound extends KeyContract {
        private final ReferenceKeyStore sound = new ReferenceKeyStore(backing);

        @Override
        protected ApiKeyStore store() {
            return sound;
        }

        @Override
        protected ApiKeyStore storeWithClockBehind() {
            return sound.withClockBehind();
        }

        @Override
        protected ApiKeyStore anotherStore() {
            return new ReferenceKeyStore();
        }
    }

    /** Nothing is wrong, and the clock is as far behind as it may be. */
    static class SoundWithItsClockBehind extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return apart(backing, -24 * MINUTE);
        }
    }

    /** Nothing is wrong, and the clock is as far ahead as it may be. */
    static class SoundWithItsClockAhead extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return apart(backing, 24 * MINUTE);
        }
    }

    private static ApiKeyStore apart(Backing backing, long millis) {
        return new ReferenceKeyStore(backing) {
            @Override
            long clock() {
                return super.clock() + millis;
            }
        };
    }

    /** Nothing is wrong, and nothing can be made to fail. */
    static class SoundWithoutFaults extends ApiKeyStoreContract {
        private final ReferenceKeyStore sound = new ReferenceKeyStore();

        @Override
        protected ApiKeyStore store() {
            return sound;
        }

        @Override
        protected ApiKeyStore storeWithClockBehind() {
            return sound.withClockBehind();
        }

        @Override
        protected ApiKeyStore anotherStore() {
            return new ReferenceKeyStore();
        }
    }
}
