package dev.apikeys.examples;

import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Change;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.UsageDelta;
import dev.apikeys.tck.ApiKeyStoreContract;
import dev.apikeys.tck.ConcurrentProgramsContract;
import dev.apikeys.tck.StoreFaults;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compiles the Java of the store contract's document; its store stands for the reader's. */
final class StoreContractGuide {
    private interface Proxy {
        void refuse();

        void blackHole();

        void pass();
    }

    private record MyKeyStore(ApiKeyStore database) implements ApiKeyStore {
        @Override
        public boolean write(List<Change> changes) {
            return database.write(changes);
        }

        @Override
        public @Nullable KeyRow find(String id) {
            return database.find(id);
        }

        @Override
        public @Nullable KeyRow findByLookup(String lookup) {
            return database.findByLookup(lookup);
        }

        @Override
        public Slice list(KeyFilter filter, @Nullable String afterId, int limit, long now) {
            return database.list(filter, afterId, limit, now);
        }

        @Override
        public void addUsage(List<UsageDelta> deltas) {
            database.addUsage(deltas);
        }

        @Override
        public boolean delete(String id) {
            return database.delete(id);
        }

        @Override
        public List<KeyRow> purge(long endedBefore, int limit) {
            return database.purge(endedBefore, limit);
        }
    }

    private static ApiKeyStore emptyDatabase() {
        return new InMemoryApiKeyStore();
    }

    private static ApiKeyStore poolOfOne() {
        return new InMemoryApiKeyStore();
    }

    // snippet: docs/spi-contract.md, contract
    class MyKeyStoreTest extends ApiKeyStoreContract {

        @Override
        protected ApiKeyStore store() {
            return new MyKeyStore(emptyDatabase());
        }
    }
    // end of snippet

    // snippet: docs/spi-contract.md, programs
    class MyProgramsTest extends ConcurrentProgramsContract {

        @Override
        protected ApiKeyStore store() {
            return new MyKeyStore(emptyDatabase());
        }

        @Override
        protected TempKeyStore tempKeyStore() {
            return new InMemoryTempKeyStore(); // or your own
        }
    }
    // end of snippet

    abstract class WithFaults extends MyKeyStoreTest {
        private final Proxy proxy;

        WithFaults(Proxy proxy) {
            this.proxy = proxy;
        }

        // snippet: docs/spi-contract.md, faults
        @Override
        protected StoreFaults<ApiKeyStore> faults() {
            return new StoreFaults<>() {
                @Override
                public void fail() {
                    proxy.refuse(); // every answer is an error, at once
                }

                @Override
                public void hang() {
                    proxy.blackHole(); // no answer, neither good nor bad
                }

                @Override
                public void recover() {
                    proxy.pass(); // as before; called after each test that used faults
                }

                @Override
                public ApiKeyStore onOneConnection() {
                    return new MyKeyStore(poolOfOne()); // optional; null skips it
                }
            };
        }
        // end of snippet
    }
}
