package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.jdbc.internal.Dialect;
import dev.apikeys.jdbc.internal.KeyRows;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.ApiKeyStore.Order;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Creating the tables, and saying what is wrong with them. */
class JdbcSchemaTest {

    private static final List<Dialect> DIALECTS =
            List.of(Dialect.POSTGRESQL, Dialect.MARIADB, Dialect.H2, Dialect.SQLITE);

    private static String script(Dialect dialect) throws IOException {
        try (InputStream script = JdbcSchema.class.getResourceAsStream(dialect.script(JdbcSchema.SCRIPTS.get(0)))) {
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** As a reader looks for it who has the jar. */
    private static String inJar(Product product) {
        return "dev/apikeys/jdbc/schema/" + product.name().toLowerCase(Locale.ROOT);
    }

    @Test
    void allDatabasesHaveTheSameTablesColumnsAndIndexes() throws IOException {
        List<Set<String>> names = new ArrayList<>();
        for (Dialect dialect : DIALECTS) {
            Set<String> found = new TreeSet<>();
            Matcher name =
                    Pattern.compile("apikeys_[a-z_]+|(?m)^ {4}([a-z_]+) ").matcher(script(dialect));
            while (name.find()) {
                found.add(name.group().strip());
            }
            names.add(found);
        }
        // By what a change is found depends on the database.
        names.forEach(found ->
                found.removeAll(Set.of("xact", "seq", "told_at", "apikeys_journal_feed", "apikeys_journal_seq")));
        assertThat(names).allSatisfy(found -> assertThat(found).isEqualTo(names.get(0)));
        assertThat(names.get(0))
                .contains("apikeys_key", "apikeys_journal", "apikeys_node", "apikeys_temp", "apikeys_schema")
                .containsAll(KeyRows.COLUMNS);
    }

    /** Else who may write the table could make each process that reads a row allocate hundreds of megabytes. */
    @ParameterizedTest
    @EnumSource(value = Product.class, mode = EnumSource.Mode.EXCLUDE, names = "SQLITE") // whose writers have the file
    void aTextBeyondItsBoundIsRefusedByTheDatabase(Product product) throws Exception {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            for (String column : List.of("permissions", "metadata", "attributes")) {
                assertBounded(
                        pool,
                        "apikeys_key (id, hash, name, created_at, updated_at, usage_count, version, " + column
                                + ") VALUES (?, 'h', 'n', 0, 0, 0, 1, ?)");
            }
            assertBounded(
                    pool, "apikeys_journal (id, time, type, actor, count, details) VALUES (?, 0, 't', 'a', 1, ?)");
        }
    }

    private static void assertBounded(DataSource pool, String row) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO " + row)) {
            for (int length : new int[] {65_535, 2_000_000}) {
                insert.setString(1, UUID.randomUUID().toString());
                insert.setString(2, "x".repeat(length));
                if (length > 65_535) {
                    assertThatThrownBy(insert::executeUpdate).as(row).isInstanceOf(SQLException.class);
                } else {
                    assertThat(insert.executeUpdate()).isOne();
                }
            }
        }
    }

    @Test
    void everyIndexHasAPriceAtEachWrite() throws IOException {
        for (Dialect dialect : DIALECTS) {
            int followed = dialect == Dialect.SQLITE ? 0 : dialect == Dialect.POSTGRESQL ? 1 : 2;
            Map<String, Integer> most =
                    Map.of("apikeys_key_", 4, "apikeys_journal_", 3 + followed, "apikeys_node_", 0, "apikeys_temp_", 3);
            for (Map.Entry<String, Integer> table : most.entrySet()) {
                Matcher index = Pattern.compile("(INDEX IF NOT EXISTS|KEY) " + table.getKey())
                        .matcher(script(dialect));
                assertThat(index.results()).as(dialect + " " + table.getKey()).hasSize(table.getValue());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void manyNodesCreateAtOnceAndAtEveryStart(Product product) throws Exception {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            ExecutorService nodes = Executors.newFixedThreadPool(8);
            List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                done.add(nodes.submit(() -> JdbcSchema.create(pool)));
            }
            for (Future<?> node : done) {
                node.get();
            }
            nodes.shutdown();

            JdbcApiKeyStore.create(pool).write(Rows.insert("a"));
            JdbcSchema.create(pool);
            JdbcSchema.validate(pool);
            assertThat(JdbcApiKeyStore.create(pool).find("a")).isNotNull();
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void theScriptRunsUnchangedTwice(Product product) throws Exception {
        try (TestDatabase database = TestDatabase.of(product)) {
            String[] statements =
                    script(product.dialect).replaceAll("(?m)--.*$", "").strip().split(";\\s*");
            database.run(statements);
            database.run(statements);
            JdbcSchema.validate(database.pool());
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void twoPrefixesAreTwoWorlds(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool, "a_");
            JdbcSchema.create(pool, "b");
            JdbcApiKeyStore.builder(pool).tablePrefix("a_").build().write(Rows.insert("x"));
            assertThat(JdbcApiKeyStore.builder(pool).tablePrefix("b").build().find("x"))
                    .isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1a",
                "A",
                "a-b",
                "a.b",
                "a\"",
                "a'",
                "a`",
                "a;",
                "a ",
                "ä",
                "a%",
                "abcdefghijklmnopqrstuvwxyzabcde"
            })
    void aPrefixIsAnIdentifier(String prefix) {
        try (TestDatabase database = TestDatabase.of(Product.H2)) {
            DataSource pool = database.pool();
            List<ThrowingCallable> calls = List.of(
                    () -> JdbcSchema.create(pool, prefix),
                    () -> JdbcSchema.validate(pool, prefix),
                    () -> JdbcApiKeyStore.builder(pool).tablePrefix(prefix),
                    () -> JdbcTempKeyStore.builder(pool).tablePrefix(prefix));
            for (ThrowingCallable call : calls) {
                assertThatIllegalArgumentException()
                        .isThrownBy(call)
                        .withMessageContaining("tablePrefix")
                        .withMessageContaining("[a-z][a-z0-9_]{0,29}")
                        .withMessageContaining(prefix.replace("ä", "\\u00e4").replace("\"", "\\u0022"));
            }
        }
    }

    @Test
    void aDatabaseThatIsNotSupportedIsNamedWithThoseThatAre() {
        try (TestDatabase database = TestDatabase.of(Product.H2)) {
            DataSource pool = database.pool();
            DataSource other = new SourceOf(() -> {
                DatabaseMetaData real = pool.getConnection().getMetaData();
                Object renamed = Proxy.newProxyInstance(
                        getClass().getClassLoader(),
                        new Class<?>[] {DatabaseMetaData.class},
                        (proxy, method, arguments) -> method.getName().equals("getDatabaseProductName")
                                ? "Oracle"
                                : method.invoke(real, arguments));
                return SourceOf.changed(
                        real.getConnection(), (method, arguments) -> method.equals("getMetaData") ? renamed : null);
            });
            List<ThrowingCallable> calls = List.of(
                    () -> JdbcApiKeyStore.create(other),
                    () -> JdbcTempKeyStore.create(other),
                    () -> JdbcSchema.create(other),
                    () -> JdbcSchema.validate(other));
            for (ThrowingCallable call : calls) {
                assertThatIllegalArgumentException()
                        .isThrownBy(call)
                        .withMessageContaining("Oracle")
                        .withMessageContaining("PostgreSQL, MariaDB, H2, SQLite");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void missingTablesAndColumnsAreNamedWithWhatToDo(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            List<ThrowingCallable> calls = List.of(
                    () -> JdbcApiKeyStore.create(pool),
                    () -> JdbcTempKeyStore.create(pool),
                    () -> JdbcSchema.validate(pool));
            for (ThrowingCallable call : calls) {
                assertSaysWhatToDo(call, "apikeys_schema", "JdbcSchema.create", inJar(product), "prefix");
            }
            JdbcSchema.create(pool);
            JdbcApiKeyStore store = JdbcApiKeyStore.create(pool);
            database.run("ALTER TABLE apikeys_key RENAME COLUMN revoked_reason TO reason");
            assertSaysWhatToDo(() -> JdbcSchema.validate(pool), "apikeys_key", "column", "JdbcSchema.create");
            assertSaysWhatToDo(() -> store.find("a"), "apikeys_key", "column", "JdbcSchema.create");
            database.run("DROP TABLE apikeys_temp");
            assertSaysWhatToDo(() -> JdbcTempKeyStore.create(pool).find("a"), "apikeys_temp", "JdbcSchema.create");
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void tablesOfAnotherVersionAreRefused(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            database.run("UPDATE apikeys_schema SET version = 0");
            assertSaysWhatToDo(() -> JdbcApiKeyStore.create(pool), "version 0", "needs 1", inJar(product));
            database.run("DELETE FROM apikeys_schema");
            assertSaysWhatToDo(() -> JdbcTempKeyStore.create(pool), "version 0", "needs 1", "JdbcSchema.create");
            database.run("INSERT INTO apikeys_schema (version, compatible_from) VALUES (7, 5)");
            for (ThrowingCallable call : List.<ThrowingCallable>of(
                    () -> JdbcSchema.validate(pool),
                    () -> JdbcSchema.create(pool),
                    () -> JdbcApiKeyStore.create(pool),
                    () -> JdbcTempKeyStore.create(pool))) {
                assertSaysWhatToDo(call, "version 7", "from version 5 on", "later one");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"id", "lookup", "owner", "created_by"})
    void aColumnThatDoesNotTellCaseIsFound(String column) throws IOException {
        for (Product product : Product.values()) {
            try (TestDatabase database = TestDatabase.of(product)) {
                String definition = script(product.dialect).replaceAll("(?m)--.*$", "");
                String line = "(?m)^( {4}" + column + ") [A-Z_]+(\\(\\d+\\))?( COLLATE \"C\")?";
                String replacement = switch (product) {
                    case POSTGRESQL -> "$1 VARCHAR(400) COLLATE ci";
                    case MARIADB -> "$1 VARCHAR(128) COLLATE utf8mb4_general_ci";
                    case H2 -> "$1 VARCHAR_IGNORECASE";
                    case SQLITE -> "$1 TEXT COLLATE NOCASE";
                };
                if (product == Product.POSTGRESQL) {
                    database.run(
                            "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
                }
                String careless = definition.replaceFirst(line, replacement);
                assertThat(careless).isNotEqualTo(definition);
                database.run(careless.strip().split(";\\s*"));
                DataSource pool = database.pool();
                assertSaysWhatToDo(
                        () -> JdbcSchema.validate(pool),
                        "column " + column + " of apikeys_key",
                        "code unit",
                        inJar(product));
            }
        }
    }

    @Test
    void aDatabaseWithoutCaseDoesNotTouchTheTables() {
        try (TestDatabase database = TestDatabase.of(Product.H2)) {
            String url = "jdbc:h2:mem:ignorecase;DB_CLOSE_DELAY=-1;IGNORECASE=TRUE";
            HikariConfig configuration = database.configuration(2);
            configuration.setJdbcUrl(url);
            DataSource pool = database.pool(configuration);
            JdbcSchema.create(pool);
            assertThatCode(() -> JdbcSchema.validate(pool)).doesNotThrowAnyException();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"STRICT", "MSSQLServer"})
    void aModeInWhichStatementsFailIsFound(String mode) {
        try (TestDatabase database = TestDatabase.of(Product.H2)) {
            JdbcSchema.create(database.pool());
            HikariConfig configuration = database.configuration(1);
            configuration.setJdbcUrl(database.url() + ";MODE=" + mode);
            DataSource pool = database.pool(configuration);
            for (ThrowingCallable call :
                    List.<ThrowingCallable>of(() -> JdbcSchema.validate(pool), () -> JdbcApiKeyStore.create(pool))) {
                assertSaysWhatToDo(call, "H2", "does not understand a statement", "MODE");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"REGULAR", "PostgreSQL", "MySQL", "MariaDB", "LEGACY"})
    void aModeInWhichStatementsRunIsAccepted(String mode) {
        try (TestDatabase database = TestDatabase.of(Product.H2)) {
            HikariConfig configuration = database.configuration(1);
            configuration.setJdbcUrl(database.url() + ";MODE=" + mode);
            DataSource pool = database.pool(configuration);
            JdbcSchema.create(pool);
            assertThatCode(() -> JdbcSchema.validate(pool)).doesNotThrowAnyException();
        }
    }

    @Test
    void theStoresNeedNoRightsButThoseOnTheirRows() {
        try (TestDatabase database = TestDatabase.of(Product.POSTGRESQL)) {
            JdbcSchema.create(database.pool());
            String user = "u" + UUID.randomUUID().toString().replace("-", "");
            database.run(
                    "CREATE ROLE " + user + " LOGIN",
                    "GRANT SELECT, INSERT, UPDATE, DELETE ON apikeys_key, apikeys_node, apikeys_temp TO " + user,
                    "GRANT SELECT, INSERT, DELETE ON apikeys_journal TO " + user,
                    "GRANT SELECT ON apikeys_schema TO " + user);
            HikariConfig configuration = database.configuration(1);
            configuration.setJdbcUrl(database.url().replace("user=postgres", "user=" + user));
            try (HikariDataSource pool = database.pool(configuration)) {
                // At every start of a service.
                JdbcSchema.create(pool);
                JdbcSchema.validate(pool);
                ApiKeyStore keys = JdbcApiKeyStore.create(pool);
                keys.write(Rows.inserts(List.of(Rows.endingAt("a", 1), Rows.key("b"))));
                keys.addUsage(Rows.usage(1, "b"));
                long now = System.currentTimeMillis();
                assertThat(keys.purge(Duration.ZERO, now, 10, Rows.journal(1)).removed())
                        .isEqualTo(1);
                database.run(
                        "INSERT INTO apikeys_journal (time, id, type, actor, count) VALUES (1, 'old', 't', 'a', 1)");
                assertThat(keys.purgeJournal(Duration.ZERO, now + 1_000, 10).removed())
                        .isEqualTo(1);
                TempKeyStore temps = JdbcTempKeyStore.create(pool);
                temps.insert(Rows.temps(Rows.temp("t", "b", 0, 10)));
                assertThat(temps.settle("t", 1)).isTrue();
                assertThat(temps.purge(Duration.ZERO, now, 10).removed()).isEqualTo(1);
                database.run("REVOKE DELETE ON apikeys_temp FROM " + user);
                assertSaysWhatToDo(() -> JdbcSchema.validate(pool), "try the statements", "lacks a right");
                assertSaysWhatToDo(() -> JdbcSchema.create(pool, "other_"), "create the tables", "lacks a right");
            } finally {
                database.run("DROP OWNED BY " + user, "DROP ROLE " + user);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void validateLeavesNothingBehind(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            JdbcSchema.validate(pool);
            assertThat(JdbcApiKeyStore.create(pool)
                            .list(KeyFilter.ALL, Order.OLDEST_FIRST, null, 10, 0)
                            .rows())
                    .isEmpty();
        }
    }

    private static void assertSaysWhatToDo(ThrowingCallable call, String... parts) {
        assertThatThrownBy(call).isInstanceOf(StorageException.class).message().contains(parts);
    }
}
