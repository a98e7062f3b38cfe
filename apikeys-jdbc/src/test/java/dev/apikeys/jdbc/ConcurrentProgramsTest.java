package dev.apikeys.jdbc;

import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.tck.ConcurrentProgramsContract;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;

/** Random programs on every database, also while stores and clocks do what none should do. */
class ConcurrentProgramsTest {

    @Nested
    class OnPostgresql extends Programs {
        OnPostgresql() {
            super(Product.POSTGRESQL);
        }
    }

    @Nested
    @Tag("ci")
    class OnMariadb extends Programs {
        OnMariadb() {
            super(Product.MARIADB);
        }
    }

    @Nested
    class OnH2 extends Programs {
        OnH2() {
            super(Product.H2);
        }
    }

    @Nested
    @Tag("ci")
    class OnSqlite extends Programs {
        OnSqlite() {
            super(Product.SQLITE);
        }
    }

    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    abstract static class Programs extends ConcurrentProgramsContract {
        private final Product product;
        private TestDatabase database;

        Programs(Product product) {
            this.product = product;
        }

        @BeforeAll
        void create() {
            database = TestDatabase.of(product);
            JdbcSchema.create(database.pool());
        }

        @AfterAll
        void close() {
            database.close();
        }

        @Override
        protected ApiKeyStore store() {
            database.run("DELETE FROM apikeys_key");
            return JdbcApiKeyStore.create(database.pool());
        }

        @Override
        protected TempKeyStore tempKeyStore() {
            database.run("DELETE FROM apikeys_temp");
            return JdbcTempKeyStore.create(database.pool());
        }

        @Override
        protected Duration patience() {
            return Duration.ofSeconds(40);
        }
    }
}
