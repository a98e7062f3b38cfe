package dev.apikeys.jdbc;

import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.tck.ApiKeyStoreContract;
import dev.apikeys.tck.StoreFaults;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;

/**
 * The contract on every database, with pools that hand out connections with auto-commit on, and off. The latter takes as
 * long again, and runs in CI alone.
 */
class JdbcApiKeyStoreContractTest {

    @Nested
    class OnPostgresql extends Contract {
        OnPostgresql() {
            super(Product.POSTGRESQL, true);
        }
    }

    @Nested
    @Tag("ci")
    class OnPostgresqlWithoutAutoCommit extends Contract {
        OnPostgresqlWithoutAutoCommit() {
            super(Product.POSTGRESQL, false);
        }
    }

    @Nested
    class OnMariadb extends Contract {
        OnMariadb() {
            super(Product.MARIADB, true);
        }
    }

    @Nested
    @Tag("ci")
    class OnMariadbWithoutAutoCommit extends Contract {
        OnMariadbWithoutAutoCommit() {
            super(Product.MARIADB, false);
        }
    }

    @Nested
    class OnH2 extends Contract {
        OnH2() {
            super(Product.H2, true);
        }
    }

    @Nested
    @Tag("ci")
    class OnH2WithoutAutoCommit extends Contract {
        OnH2WithoutAutoCommit() {
            super(Product.H2, false);
        }
    }

    @Nested
    class OnSqlite extends Contract {
        OnSqlite() {
            super(Product.SQLITE, true);
        }
    }

    @Nested
    @Tag("ci")
    class OnSqliteWithoutAutoCommit extends Contract {
        OnSqliteWithoutAutoCommit() {
            super(Product.SQLITE, false);
        }
    }

    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    abstract static class Contract extends ApiKeyStoreContract {

        private final Product product;
        private final boolean autoCommit;
        private TestDatabase database;
        private Faults faults;
        private ApiKeyStore store;

        Contract(Product product, boolean autoCommit) {
            this.product = product;
            this.autoCommit = autoCommit;
        }

        @BeforeAll
        void create() {
            database = TestDatabase.of(product);
            faults = new Faults(database, autoCommit);
            JdbcSchema.create(faults.source());
            store = JdbcApiKeyStore.create(faults.source());
        }

        @AfterAll
        void close() {
            faults.close();
            database.close();
        }

        @Override
        protected ApiKeyStore store() {
            database.run("DELETE FROM apikeys_key", "DELETE FROM apikeys_journal", "DELETE FROM apikeys_node");
            return store;
        }

        @Override
        protected ApiKeyStore storeWithClockBehind() {
            return JdbcApiKeyStore.create(new ShiftedClock(product, faults.source(), -70_000).source());
        }

        @Override
        protected ApiKeyStore anotherStore() {
            return JdbcApiKeyStore.create(faults.source());
        }

        @Override
        protected StoreFaults<ApiKeyStore> faults() {
            return faults.forStore(JdbcApiKeyStore::create);
        }

        @Override
        protected Duration patience() {
            return Duration.ofSeconds(40);
        }
    }
}
