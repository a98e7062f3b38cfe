package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.jdbc.internal.Script;
import dev.apikeys.jdbc.internal.Tables;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.WriteSet;
import java.io.IOException;
import java.io.InputStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tables of an older version, with two later ones that only tests have. */
class SchemaUpgradeTest {

    private static final String V1 = "V1__apikeys.sql";
    private static final List<String> TWO = List.of(V1, "V2__only_in_tests.sql");
    private static final List<String> THREE = List.of(V1, "V2__only_in_tests.sql", "V3__only_in_tests.sql");

    private static void upgrade(DataSource pool, List<String> scripts) {
        JdbcSchema.create(pool, Tables.DEFAULT_PREFIX, scripts);
    }

    private static List<String> statements(Product product, String script) throws IOException {
        try (InputStream text = JdbcSchema.class.getResourceAsStream(product.dialect.script(script))) {
            return Script.statements(text, new Tables(Tables.DEFAULT_PREFIX));
        }
    }

    private static String read(TestDatabase database, String query) {
        try (Connection connection = DriverManager.getConnection(database.url());
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            return result.next() ? result.getString(1) : "";
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void anOldNodeGoesOnAndRestartsDuringARollingUpgrade(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore old = JdbcApiKeyStore.create(pool);
            old.write(Rows.insert("a"));

            upgrade(pool, TWO);
            database.run("UPDATE apikeys_key SET color = 'blue'");
            assertThat(read(database, "SELECT max(version) FROM apikeys_schema"))
                    .isEqualTo("2");

            assertThat(old.write(Rows.replace("a", 2))).isTrue();
            JdbcSchema.create(pool);
            JdbcSchema.validate(pool);
            ApiKeyStore restarted = JdbcApiKeyStore.create(pool);
            assertThat(restarted.find("a").version()).isEqualTo(2);
            assertThat(restarted.write(Rows.replace("a", 3))).isTrue();
            restarted.write(Rows.insert("b"));
            assertThat(read(database, "SELECT color FROM apikeys_key WHERE id = 'a'"))
                    .isEqualTo("blue");
            assertThat(read(database, "SELECT max(version) FROM apikeys_schema"))
                    .isEqualTo("2");
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void anUpgradeThatWasInterruptedAnywhereIsCompleted(Product product) throws IOException {
        List<String> statements = statements(product, TWO.get(1));
        for (int done = 0; done < statements.size(); done++) {
            try (TestDatabase database = TestDatabase.of(product)) {
                DataSource pool = database.pool();
                JdbcSchema.create(pool);
                database.run(statements.subList(0, done).toArray(String[]::new));

                assertThatThrownBy(() -> JdbcSchema.create(pool, Tables.DEFAULT_PREFIX, List.of(V1, "V9__missing.sql")))
                        .isInstanceOf(IllegalStateException.class);
                assertThatCode(() -> JdbcApiKeyStore.create(pool)).doesNotThrowAnyException();
                upgrade(pool, TWO);
                upgrade(pool, TWO);

                database.run("INSERT INTO apikeys_color (color) VALUES ('blue')", "UPDATE apikeys_key SET color = 'x'");
                assertThat(read(database, "SELECT compatible_from FROM apikeys_schema WHERE version = 2"))
                        .isEqualTo("1");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void manyNodesUpgradeAtOnceAndOldOnesGoOn(Product product) throws Exception {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore old = JdbcApiKeyStore.create(pool);
            ExecutorService nodes = Executors.newFixedThreadPool(8);
            upgradeFromAll(nodes, pool);
            nodes.shutdown();
            write(old, 0);

            assertThat(read(database, "SELECT count(*) FROM apikeys_schema")).isEqualTo("2");
            assertThat(read(database, "SELECT count(*) FROM apikeys_key")).isEqualTo("1");
        }
    }

    /** Not H2, which loses what is committed while it copies a table in order to alter it: docs/storage-jdbc.md. */
    @ParameterizedTest
    @EnumSource(value = Product.class, mode = EnumSource.Mode.EXCLUDE, names = "H2")
    void whatOldNodesWriteDuringAnUpgradeStays(Product product) throws Exception {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore old = JdbcApiKeyStore.create(pool);
            AtomicBoolean done = new AtomicBoolean();
            ExecutorService nodes = Executors.newFixedThreadPool(9);
            Future<Integer> writing = nodes.submit(() -> {
                int written = 0;
                while (!done.get() || written == 0) {
                    write(old, written++);
                }
                return written;
            });
            try {
                upgradeFromAll(nodes, pool);
            } finally {
                done.set(true);
            }
            int written = writing.get();
            nodes.shutdown();

            assertThat(read(database, "SELECT count(*) FROM apikeys_schema")).isEqualTo("2");
            assertThat(read(database, "SELECT count(*) FROM apikeys_key")).isEqualTo("" + written);
            assertThat(read(database, "SELECT count(*) FROM apikeys_journal")).isEqualTo("" + written);
        }
    }

    /** Eight nodes start at once, two of them with the older library. */
    private static void upgradeFromAll(ExecutorService nodes, DataSource pool) throws Exception {
        List<Future<?>> upgrading = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            boolean older = i % 4 == 3;
            upgrading.add(nodes.submit(() -> {
                if (older) {
                    JdbcSchema.create(pool);
                } else {
                    upgrade(pool, TWO);
                }
            }));
        }
        for (Future<?> node : upgrading) {
            node.get();
        }
    }

    private static void write(ApiKeyStore store, int number) {
        assertThat(store.write(WriteSet.builder()
                        .insert(Rows.key(Rows.id(number)))
                        .journal(Rows.journal(number))
                        .build()))
                .isTrue();
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void aLibraryThatIsTooOldStopsWithinAMinute(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            AtomicLong nanos = new AtomicLong(System.nanoTime());
            ApiKeyStore keys = JdbcApiKeyStore.builder(pool).ticker(nanos::get).build();
            TempKeyStore temps =
                    JdbcTempKeyStore.builder(pool).ticker(nanos::get).build();
            keys.write(Rows.insert("a"));

            upgrade(pool, THREE);
            nanos.addAndGet(Duration.ofSeconds(59).toNanos());
            assertThat(keys.find("a")).isNotNull();
            nanos.addAndGet(Duration.ofSeconds(1).toNanos());
            List<Runnable> calls = List.of(
                    () -> keys.find("a"),
                    () -> keys.write(Rows.insert("b")),
                    () -> temps.find("t"),
                    () -> temps.settle("t", 1));
            for (Runnable call : calls) {
                for (int i = 0; i < 2; i++) {
                    assertThatThrownBy(call::run)
                            .isInstanceOfSatisfying(
                                    StorageException.class,
                                    e -> assertThat(e.outcomeUnknown()).isFalse())
                            .hasMessageContaining("version 3")
                            .hasMessageContaining("use a later one");
                }
            }
            assertThatThrownBy(() -> JdbcApiKeyStore.create(pool)).hasMessageContaining("version 3");
            assertThatThrownBy(() -> JdbcSchema.create(pool)).hasMessageContaining("version 3");

            database.run("DELETE FROM apikeys_schema WHERE version = 3");
            nanos.addAndGet(Duration.ofMinutes(1).toNanos());
            assertThat(keys.find("a")).extracting(KeyRow::id).isEqualTo("a");
            assertThat(keys.find("b")).isNull();
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void whatCannotBeCheckedIsAnOutageAndIsCheckedAtTheNextCall(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            AtomicLong nanos = new AtomicLong(System.nanoTime());
            AtomicBoolean down = new AtomicBoolean();
            DataSource source = new SourceOf(() -> {
                if (down.get()) {
                    throw new SQLException("planted");
                }
                return pool.getConnection();
            });
            ApiKeyStore keys =
                    JdbcApiKeyStore.builder(source).ticker(nanos::get).build();
            upgrade(pool, THREE);
            nanos.addAndGet(Duration.ofMinutes(1).toNanos());
            down.set(true);
            assertThatThrownBy(() -> keys.find("a")).hasMessageContaining("no connection");
            down.set(false);
            assertThatThrownBy(() -> keys.find("a")).hasMessageContaining("version 3");
        }
    }
}
