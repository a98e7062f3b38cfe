package dev.apikeys.examples;

import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.tck.ApiKeyStoreContract;
import dev.apikeys.tck.ConcurrentProgramsContract;
import dev.apikeys.tck.StoreFaults;
import java.sql.Connection;
import java.sql.SQLException;

/** Compiles the Java of the store contract's document; its store stands for the reader's. */
final class StoreContractGuide {
    private interface Proxy {
        void refuse();

        void blackHole();

        void pass();
    }

    private record Database(int connections) {}

    private static final class MyKeyStore {
        private MyKeyStore() {}

        static ApiKeyStore on(Database database) {
            return database.connections() > 0 ? new InMemoryApiKeyStore() : new StoreInAMap();
        }
    }

    /** Compiled only: how a database store says that it does not know. */
    @SuppressWarnings("unused")
    private static void commit(Connection connection) {
        // snippet: docs/spi-contract.md, outcome unknown
        try {
            connection.commit();
        } catch (SQLException e) {
            // The server may have committed before the answer was lost.
            throw new StorageException("The commit of a write was not answered", e, true);
        }
        // end of snippet
    }

    private static Database emptyDatabase() {
        return new Database(10);
    }

    private static Database poolOfOne() {
        return new Database(1);
    }

    // snippet: docs/spi-contract.md, contract
    class MyKeyStoreTest extends ApiKeyStoreContract {

        @Override
        protected ApiKeyStore store() {
            return MyKeyStore.on(emptyDatabase());
        }
    }
    // end of snippet

    // snippet: docs/spi-contract.md, programs
    class MyProgramsTest extends ConcurrentProgramsContract {

        @Override
        protected ApiKeyStore store() {
            return MyKeyStore.on(emptyDatabase());
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
                    return MyKeyStore.on(poolOfOne()); // optional; null skips it
                }
            };
        }
        // end of snippet
    }
}
