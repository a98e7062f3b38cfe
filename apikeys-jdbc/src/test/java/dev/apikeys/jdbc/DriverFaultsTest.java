package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.WriteSet;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What servers and drivers say when databases replicate, are demoted, or refuse a row. */
class DriverFaultsTest {

    private static final WriteSet TWO_ROWS =
            WriteSet.builder().insert(Rows.key("x")).journal(Rows.journal(1)).build();

    private static void assertUnknown(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StorageException.class,
                        e -> assertThat(e.outcomeUnknown()).isTrue())
                .hasMessageContaining("may have been done")
                .message()
                .doesNotContain("nothing was written");
    }

    private static void assertRefused(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StorageException.class,
                        e -> assertThat(e.outcomeUnknown()).isFalse())
                .hasMessageContaining("nothing was written")
                .message()
                .doesNotContain("may have been done");
    }

    /** The driver's own statements and commits, but with this warning after each success. */
    private static DataSource warning(DataSource pool, AtomicReference<SQLWarning> warning) {
        return new SourceOf(() -> {
            Connection connection = pool.getConnection();
            SourceOf.Instead warns = (method, arguments) -> method.equals("getWarnings") ? warning.get() : null;
            return SourceOf.changed(connection, (method, arguments) -> {
                if (method.equals("prepareStatement")) {
                    return SourceOf.changed(
                            PreparedStatement.class, connection.prepareStatement((String) arguments[0]), warns);
                }
                return warns.of(method, arguments);
            });
        });
    }

    @Test
    void aSuccessWithAWarningInDoubtIsAnUnknownOutcome() {
        try (TestDatabase database = TestDatabase.of(Product.POSTGRESQL)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            AtomicReference<SQLWarning> warning = new AtomicReference<>();
            ApiKeyStore keys = JdbcApiKeyStore.create(warning(pool, warning));
            TempKeyStore temps = JdbcTempKeyStore.create(warning(pool, warning));
            warning.set(new SQLWarning("planted", "01000"));

            assertUnknown(() -> keys.write(Rows.insert("one statement")));
            assertUnknown(() -> keys.write(TWO_ROWS));
            assertUnknown(() -> keys.addUsage(Rows.usage(1, "x")));
            assertUnknown(() -> temps.insert(Rows.temps(Rows.temp("t", "x", 0, 10))));
            assertUnknown(() -> temps.settle("t", 1));
            assertUnknown(() -> temps.remove("t"));
            // What was reported as a success was one.
            assertThat(keys.find("x").usageCount()).isEqualTo(1);
            assertThat(temps.find("t")).isNull();

            warning.set(new SQLWarning("planted", "00000"));
            assertThat(keys.write(Rows.insert("a notice is no warning"))).isTrue();
            assertThatThrownBy(() -> keys.write(Rows.insert("x"))).isInstanceOf(KeyExistsException.class);
        }
    }

    /** The server itself, whose standby is away. */
    @Test
    void aCommitThatDidNotReachTheStandbyIsAnUnknownOutcome() throws SQLException {
        try (TestDatabase database = TestDatabase.of(Product.POSTGRESQL);
                Connection connection = DriverManager.getConnection(database.url());
                Statement server = connection.createStatement()) {
            HikariConfig configuration = database.configuration(2);
            configuration.setConnectionInitSql("SET synchronous_commit = on");
            DataSource pool = database.pool(configuration);
            JdbcSchema.create(pool);
            TempKeyStore temps = JdbcTempKeyStore.builder(pool)
                    .timeout(Duration.ofSeconds(1))
                    .build();
            temps.insert(Rows.temps(Rows.temp("t", "x", 0, 10)));
            server.execute("SET synchronous_commit = on");
            server.execute("CREATE TABLE probe (id INTEGER)");
            server.execute("ALTER SYSTEM SET synchronous_standby_names = 'absent'");
            server.execute("SELECT pg_reload_conf()");
            try {
                Awaitility.await().until(() -> waitsForStandby(server));
                assertUnknown(() -> temps.settle("t", 1));
            } finally {
                server.execute("ALTER SYSTEM RESET synchronous_standby_names");
                server.execute("SELECT pg_reload_conf()");
                Awaitility.await().until(() -> !waitsForStandby(server));
            }
            assertThat(temps.find("t").settledAt()).isEqualTo(1);
        }
    }

    /** Only a request to cancel ends the wait for a standby, not the server's own timeout. */
    private static boolean waitsForStandby(Statement server) throws SQLException {
        server.setQueryTimeout(1);
        server.execute("INSERT INTO probe VALUES (1)");
        return server.getWarnings() != null;
    }

    /** Makes the only connection of a pool behave like one to a node that was demoted. */
    private static void demote(HikariDataSource pool, String statement) {
        try (Connection connection = pool.getConnection();
                Statement session = connection.createStatement()) {
            session.execute(statement);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Product.class,
            names = {"POSTGRESQL", "MARIADB"})
    void aPoolDoesNotGoOnWithAConnectionThatRefusesToWrite(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            HikariDataSource pool = database.uncheckedPool(database.configuration(1));
            JdbcSchema.create(pool);
            ApiKeyStore keys = JdbcApiKeyStore.create(pool);
            TempKeyStore temps = JdbcTempKeyStore.create(pool);
            String readOnly = product == Product.POSTGRESQL
                    ? "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
                    : "SET SESSION TRANSACTION READ ONLY";

            demote(pool, readOnly);
            assertRefused(() -> keys.write(TWO_ROWS));
            assertThat(keys.write(TWO_ROWS)).isTrue();
            demote(pool, readOnly);
            assertRefused(() -> temps.settle("t", 1));
            assertThat(temps.settle("t", 1)).isFalse();
        }
    }

    @Test
    void nothingIsDecidedByWhatAStandbySays() {
        try (TestDatabase database = TestDatabase.of(Product.POSTGRESQL)) {
            HikariDataSource pool = database.uncheckedPool(database.configuration(1));
            JdbcSchema.create(pool);
            ApiKeyStore keys = JdbcApiKeyStore.create(pool);
            TempKeyStore temps = JdbcTempKeyStore.create(pool);
            KeyRow row = Rows.builder("a").lookup("lookup").build();
            keys.write(Rows.inserts(List.of(row)));
            temps.insert(Rows.temps(Rows.temp("t", "a", 0, 10)));
            database.run(
                    "CREATE SCHEMA standby",
                    "CREATE FUNCTION standby.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true'");

            KeyFilter absent = KeyFilter.builder().role("absent").build();
            List<ThrowingCallable> calls = List.of(
                    () -> keys.find("a"),
                    () -> keys.find("absent"),
                    () -> keys.findByLookup("lookup"),
                    () -> keys.findByLookup("absent"),
                    () -> keys.changes(null),
                    () -> keys.list(KeyFilter.ALL, ApiKeyStore.Order.OLDEST_FIRST, null, 10, 0),
                    () -> keys.list(absent, ApiKeyStore.Order.OLDEST_FIRST, null, 10, 0),
                    () -> temps.find("t"),
                    () -> temps.discard("a"),
                    () -> temps.discard("absent"));
            for (ThrowingCallable call : calls) {
                demote(pool, "SET search_path = standby, pg_catalog, public");
                assertThatThrownBy(call)
                        .isInstanceOf(StorageException.class)
                        .hasMessageContaining("standby")
                        .hasMessageContaining("primary");
                // On another connection.
                assertThat(keys.find("a")).isEqualTo(row);
            }
            assertThat(keys.findByLookup("lookup")).isEqualTo(row);
            assertThat(keys.findByLookup("absent")).isNull();
            assertThat(keys.list(absent, ApiKeyStore.Order.OLDEST_FIRST, null, 10, 0)
                            .rows())
                    .isEmpty();
            assertThat(temps.discard("absent")).isZero();
            assertThat(temps.discard("a")).isEqualTo(1);
        }
    }

    /** A connection of which one method throws what a node of a cluster throws. */
    private static DataSource throwing(DataSource pool, String planted, SQLException thrown, AtomicInteger times) {
        return new SourceOf(() -> {
            Connection connection = pool.getConnection();
            SourceOf.Instead throwing = (method, arguments) -> {
                if (method.equals(planted) && times.getAndDecrement() > 0) {
                    throw thrown;
                }
                return null;
            };
            return SourceOf.changed(connection, (method, arguments) -> {
                if (method.equals("prepareStatement")) {
                    return SourceOf.changed(
                            PreparedStatement.class, connection.prepareStatement((String) arguments[0]), throwing);
                }
                return throwing.of(method, arguments);
            });
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"executeUpdate", "commit"})
    void aNodeThatIsNotReadyHasDoneNothing(String where) {
        try (TestDatabase database = TestDatabase.of(Product.MARIADB)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            SQLException notReady = new SQLException("WSREP has not yet prepared node", "08S01", 1047);
            AtomicInteger times = new AtomicInteger();
            DataSource source = throwing(pool, where, notReady, times);
            ApiKeyStore keys = JdbcApiKeyStore.create(source);

            times.set(1);
            assertRefused(() -> keys.write(TWO_ROWS));
            if (where.equals("executeUpdate")) {
                times.set(1);
                assertRefused(() -> keys.write(Rows.insert("single")));
            }
            times.set(0);
            assertThat(keys.write(TWO_ROWS)).isTrue();
        }
    }

    @Test
    void aRollbackThatLostAConflictIsDoneAndTheCallIsRepeated() {
        try (TestDatabase database = TestDatabase.of(Product.MARIADB)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            SQLException conflict = new SQLException("Deadlock: wsrep aborted transaction", "40001", 1213);
            AtomicInteger lost = new AtomicInteger();
            AtomicInteger rollbacks = new AtomicInteger();
            List<String> aborted = new ArrayList<>();
            DataSource source = new SourceOf(() -> SourceOf.changed(pool.getConnection(), (method, arguments) -> {
                if (method.equals("commit") && lost.getAndDecrement() > 0) {
                    throw conflict;
                }
                if (method.equals("rollback") && rollbacks.getAndDecrement() > 0) {
                    throw conflict;
                }
                if (method.equals("abort")) {
                    aborted.add(method);
                }
                return null;
            }));
            ApiKeyStore keys = JdbcApiKeyStore.create(source);

            lost.set(1);
            rollbacks.set(1);
            assertThat(keys.write(TWO_ROWS)).isTrue();
            assertThat(aborted).isEmpty();

            // One that fails twice is not settled.
            lost.set(1);
            rollbacks.set(2);
            assertRefused(() -> keys.write(WriteSet.builder()
                    .insert(Rows.key("y"))
                    .journal(Rows.journal(2))
                    .build()));
            assertThat(aborted).hasSize(1);
        }
    }

    /** A cache of statements, a socket that breaks as the statement is let go, or a class that is missing. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aStatementThatFailsAsItIsClosedWasDone(boolean error) {
        try (TestDatabase database = TestDatabase.of(Product.H2)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            AtomicReference<String> fatal = new AtomicReference<>("nothing");
            List<String> aborted = new ArrayList<>();
            DataSource source = new SourceOf(() -> {
                Connection connection = pool.getConnection();
                return SourceOf.changed(connection, (method, arguments) -> {
                    if (method.equals("abort")) {
                        aborted.add(fatal.get());
                    }
                    if (!method.equals("prepareStatement")) {
                        return null;
                    }
                    PreparedStatement statement = connection.prepareStatement((String) arguments[0]);
                    boolean isFatal = ((String) arguments[0]).startsWith(fatal.get());
                    return SourceOf.changed(PreparedStatement.class, statement, (call, values) -> {
                        if (isFatal && call.equals("close")) {
                            if (error) {
                                throw new NoClassDefFoundError("planted");
                            }
                            throw new SQLException("planted", "08006");
                        }
                        return null;
                    });
                });
            });
            ApiKeyStore keys = JdbcApiKeyStore.create(source);
            TempKeyStore temps = JdbcTempKeyStore.create(source);
            temps.insert(Rows.temps(Rows.temp("t", "x", 0, 10)));

            fatal.set("UPDATE");
            assertThat(temps.settle("t", 1)).isTrue();
            fatal.set("INSERT");
            assertThat(keys.write(Rows.insert("x"))).isTrue();
            fatal.set("nothing");
            assertThat(temps.find("t").settledAt()).isEqualTo(1);
            assertThat(keys.find("x")).isNotNull();
            assertThat(aborted).as("connections that are not lent again").containsExactly("UPDATE", "INSERT");

            // What is in a transaction is rolled back.
            fatal.set("INSERT");
            ThrowingCallable transaction = () -> keys.write(Rows.insert("y", "z"));
            if (error) {
                assertThatThrownBy(transaction).isInstanceOf(NoClassDefFoundError.class);
            } else {
                assertRefused(transaction);
            }
            fatal.set("nothing");
            assertThat(keys.find("y")).isNull();
        }
    }

    /** The failure has a code by which a statement itself would say that it did nothing, and could be repeated. */
    @Test
    void aSuccessWhoseWarningsCannotBeReadIsAnUnknownOutcome() {
        try (TestDatabase database = TestDatabase.of(Product.POSTGRESQL)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            AtomicInteger times = new AtomicInteger();
            DataSource source = throwing(pool, "getWarnings", new SQLException("planted", "40001"), times);
            ApiKeyStore keys = JdbcApiKeyStore.create(source);
            TempKeyStore temps = JdbcTempKeyStore.create(source);
            temps.insert(Rows.temps(Rows.temp("t", "x", 0, 10)));

            times.set(1);
            assertUnknown(() -> temps.settle("t", 1));
            times.set(1);
            assertUnknown(() -> keys.write(TWO_ROWS));

            assertThat(temps.find("t").settledAt()).isEqualTo(1);
            assertThat(keys.find("x")).isNotNull();
        }
    }

    /** A server that says that it is part of a cluster, and notes what it is asked. */
    private static DataSource cluster(DataSource pool, List<String> said) {
        return new SourceOf(() -> {
            Connection connection = pool.getConnection();
            return SourceOf.changed(connection, (method, arguments) -> {
                if (!method.equals("prepareStatement")) {
                    return null;
                }
                String sql = (String) arguments[0];
                said.add(sql);
                PreparedStatement statement =
                        connection.prepareStatement(sql.startsWith("SHOW VARIABLES") ? "SELECT 'wsrep_on', 'ON'" : sql);
                return SourceOf.changed(PreparedStatement.class, statement, (call, values) -> {
                    if (call.equals("executeBatch") || call.equals("setQueryTimeout")) {
                        said.add(values == null ? call : call + " " + values[0]);
                    }
                    return null;
                });
            });
        });
    }

    @Test
    void aClusterGetsItsRowsOneByOneAndIsReadAfterItCaughtUp() {
        try (TestDatabase database = TestDatabase.of(Product.MARIADB)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            List<String> said = new ArrayList<>();
            DataSource cluster = cluster(pool, said);
            ApiKeyStore keys = JdbcApiKeyStore.create(cluster);
            TempKeyStore temps = JdbcTempKeyStore.create(cluster);

            keys.write(WriteSet.builder()
                    .insert(Rows.key("a"))
                    .insert(Rows.key("b"))
                    .insert(Rows.key("c"))
                    .journal(Rows.journal(1))
                    .journal(Rows.journal(2))
                    .build());
            keys.addUsage(Rows.usage(1, "a", "b"));
            temps.insert(Rows.temps(Rows.temp("t", "a", 0, 10), Rows.temp("u", "b", 0, 10)));
            assertThat(said).doesNotContain("executeBatch");

            said.clear();
            assertThat(keys.find("a")).isNotNull();
            assertThat(keys.find("x")).isNull();
            assertThat(keys.findByLookup("x")).isNull();
            assertThat(temps.find("t")).isNotNull();
            assertThat(temps.findByKey("a")).isNotNull();
            assertThat(temps.discard("b")).isEqualTo(1);
            assertThat(keys.list(KeyFilter.ALL, ApiKeyStore.Order.OLDEST_FIRST, null, 10, 0)
                            .rows())
                    .hasSize(3);
            assertThat(keys.journal(JournalRow.Filter.ALL, null, 10)).hasSize(2);
            assertThat(keys.changes(keys.changes(null).next()).isAll()).isFalse();
            assertThat(said.stream().filter(sql -> sql.startsWith("SET STATEMENT wsrep_sync_wait = 1 FOR SELECT")))
                    .hasSize(10);
            assertThat(said.stream().filter(sql -> sql.startsWith("SELECT"))).isEmpty();
            assertThat(said).contains("setQueryTimeout 9").doesNotContain("setQueryTimeout 4");
        }
    }

    @Test
    void aServerAloneIsNotAskedToCatchUp() {
        try (TestDatabase database = TestDatabase.of(Product.MARIADB)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            List<String> said = new ArrayList<>();
            DataSource noted = new SourceOf(() -> SourceOf.changed(pool.getConnection(), (method, arguments) -> {
                if (method.equals("prepareStatement")) {
                    said.add((String) arguments[0]);
                }
                return null;
            }));
            ApiKeyStore keys = JdbcApiKeyStore.create(noted);
            assertThat(keys.find("a")).isNull();
            assertThat(keys.changes(null).isAll()).isTrue();
            assertThat(said).noneMatch(sql -> sql.contains("wsrep_sync_wait"));
        }
    }

    /** A secret's hash is not for the readers of a log, and the name of a key may be no one's business either. */
    @ParameterizedTest
    @EnumSource(Product.class)
    void noMessageRepeatsWhatADriverSays(Product product) throws SQLException {
        try (TestDatabase database = TestDatabase.of(product);
                Connection other = DriverManager.getConnection(database.url());
                Statement statement = other.createStatement()) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore keys =
                    JdbcApiKeyStore.builder(pool).timeout(Duration.ofSeconds(1)).build();
            String hash = "sha256$$4f0e";
            KeyRow row = KeyRow.builder("a", hash, "payroll").lookup(hash).build();
            WriteSet replace = WriteSet.builder()
                    .replace(new WriteSet.Replace(row.toBuilder().version(2).build(), hash, null))
                    .build();
            keys.write(Rows.inserts(List.of(row)));

            List<String> messages = new ArrayList<>();
            messages.add(message(() -> keys.write(Rows.inserts(List.of(row)))));
            messages.add(message(() -> keys.write(
                    Rows.inserts(List.of(KeyRow.builder("0", hash, "payroll").build(), row)))));
            String tooLong = hash.repeat(100);
            if (product != Product.SQLITE) {
                KeyRow rejected = KeyRow.builder("b", tooLong, "payroll").build();
                messages.add(message(() -> keys.write(Rows.inserts(List.of(rejected)))));
                messages.add(message(() -> keys.write(Rows.inserts(
                        List.of(rejected, KeyRow.builder("c", hash, "payroll").build())))));
            }
            other.setAutoCommit(false);
            statement.execute("UPDATE apikeys_key SET name = 'held'");
            messages.add(message(() -> keys.write(replace)));
            other.rollback();
            if (product == Product.POSTGRESQL) {
                database.run("ALTER TABLE apikeys_key ADD CHECK (name <> 'payroll') NOT VALID");
                messages.add(message(() -> keys.write(replace)));
            }

            assertThat(messages).allSatisfy(text -> assertThat(text).doesNotContain("4f0e", "payroll"));
        }
    }

    private static String message(ThrowingCallable call) {
        Throwable thrown = catchThrowable(call);
        assertThat(thrown).isInstanceOf(StorageException.class);
        assertThat(thrown.getSuppressed()).isEmpty();
        return thrown.getMessage();
    }
}
