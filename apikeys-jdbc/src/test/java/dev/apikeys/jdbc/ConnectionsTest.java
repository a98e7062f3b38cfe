package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.ApiKeyStore.Order;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.WriteSet;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** How connections are borrowed, used and given back. */
class ConnectionsTest {

    private record State(
            boolean autoCommit, int isolation, boolean readOnly, int networkTimeout, int statementTimeout) {

        static State of(Connection connection) throws SQLException {
            boolean network = !connection.getMetaData().getURL().startsWith("jdbc:sqlite");
            try (PreparedStatement statement = connection.prepareStatement("SELECT 1")) {
                return new State(
                        connection.getAutoCommit(),
                        connection.getTransactionIsolation(),
                        connection.isReadOnly(),
                        network ? connection.getNetworkTimeout() : 0,
                        statement.getQueryTimeout());
            }
        }
    }

    /** Every method of both stores, those that write nothing and those that fail included. */
    private static Map<String, Callable<Object>> everyCall(ApiKeyStore keys, TempKeyStore temps) {
        Map<String, Callable<Object>> calls = new TreeMap<>();
        calls.put("01 insert", () -> keys.write(Rows.insert("a")));
        calls.put("02 insert two", () -> keys.write(Rows.insert("b", "c")));
        calls.put("03 replace", () -> keys.write(Rows.replace("a", 2)));
        calls.put(
                "04 replace in vain",
                () -> keys.write(WriteSet.builder()
                        .insert(Rows.key("d"))
                        .replace(Rows.replacing("e", 2))
                        .journal(Rows.journal(1))
                        .build()));
        calls.put("05 duplicate", () -> duplicate(() -> keys.write(Rows.insert("a"))));
        calls.put("06 duplicates", () -> duplicate(() -> keys.write(Rows.insert("a", "b"))));
        calls.put("07 find", () -> keys.find("a"));
        calls.put("08 list", () -> keys.list(KeyFilter.ALL, Order.OLDEST_FIRST, null, 10, 0));
        KeyFilter scanned =
                KeyFilter.builder().role("role").status(KeyStatus.ACTIVE).build();
        calls.put("09 page", () -> keys.list(scanned, Order.NEWEST_FIRST, "c", 1, 0));
        calls.put("10 use", () -> {
            keys.addUsage(Rows.usage(1, "a", "b"));
            return true;
        });
        calls.put("11 use again", () -> {
            keys.addUsage(Rows.usage(1, "a", "b"));
            return true;
        });
        calls.put("12 delete", () -> keys.write(Rows.delete("a")));
        long now = System.currentTimeMillis();
        calls.put("13 insert old", () -> keys.write(Rows.inserts(List.of(Rows.endingAt("o", 1)))));
        calls.put("14 purge", () -> keys.purge(Duration.ofDays(1), now, 10, Rows.journal(2)));
        calls.put("15 purge again", () -> keys.purge(Duration.ofDays(1), now, 10, Rows.journal(3)));
        calls.put("16 put off", () -> keys.purge(Duration.ofDays(1), 0, 10, Rows.journal(3)));
        calls.put("17 journal", () -> keys.journal(JournalRow.Filter.ALL, null, 10));
        calls.put("18 changes", () -> keys.changes(null));
        calls.put("18 purge journal", () -> keys.purgeJournal(Duration.ZERO, now, 10));
        calls.put("19 put", () -> temps.insert(Rows.temps(Rows.temp("t", "a", 0, 10))));
        calls.put(
                "20 put two", () -> temps.insert(Rows.temps(Rows.temp("u", "b", 11, 20), Rows.temp("v", "c", 11, 20))));
        calls.put("21 put again", () -> duplicate(() -> temps.insert(Rows.temps(Rows.temp("u", "b", 0, 10)))));
        calls.put("22 settle", () -> temps.settle("u", 12));
        calls.put("23 discard", () -> temps.discard("c"));
        calls.put("24 find", () -> temps.findByKey("b"));
        calls.put("25 sweep", () -> temps.purge(Duration.ofDays(1), now, 10));
        calls.put("26 remove", () -> temps.remove("u"));
        return calls;
    }

    private static Object duplicate(Runnable call) {
        assertThatThrownBy(call::run).isInstanceOf(KeyExistsException.class);
        return true;
    }

    @ParameterizedTest
    @CsvSource({
        "POSTGRESQL, true, TRANSACTION_SERIALIZABLE",
        "POSTGRESQL, false, TRANSACTION_READ_COMMITTED",
        "MARIADB, true, TRANSACTION_SERIALIZABLE",
        "MARIADB, false, TRANSACTION_READ_COMMITTED",
        "H2, true, TRANSACTION_SERIALIZABLE",
        "H2, false, TRANSACTION_READ_COMMITTED",
        "SQLITE, true, TRANSACTION_SERIALIZABLE",
        "SQLITE, false, TRANSACTION_SERIALIZABLE"
    })
    void aConnectionIsGivenBackAsItWas(Product product, boolean autoCommit, String isolation) throws Exception {
        try (TestDatabase database = TestDatabase.of(product);
                Connection connection = DriverManager.getConnection(database.url())) {
            DataSource source = SourceOf.always(connection);
            connection.setAutoCommit(autoCommit);
            connection.setTransactionIsolation(
                    Connection.class.getField(isolation).getInt(null));
            State before = State.of(connection);

            JdbcSchema.create(source);
            assertThat(State.of(connection)).as("after create").isEqualTo(before);
            JdbcSchema.validate(source);
            assertThat(State.of(connection)).as("after validate").isEqualTo(before);
            ApiKeyStore keys = JdbcApiKeyStore.create(source);
            TempKeyStore temps = JdbcTempKeyStore.create(source);
            for (Map.Entry<String, Callable<Object>> call :
                    everyCall(keys, temps).entrySet()) {
                call.getValue().call();
                assertThat(State.of(connection)).as("after " + call.getKey()).isEqualTo(before);
            }
        }
    }

    /** Each of these can be a round trip: Connector/J switches auto-commit by one. */
    @ParameterizedTest
    @EnumSource(
            value = Product.class,
            names = {"POSTGRESQL", "MARIADB"})
    void everyRequestIsBoundedFirst(Product product) throws Exception {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            Set<String> sending =
                    Set.of("setAutoCommit", "setTransactionIsolation", "prepareStatement", "commit", "rollback");
            Set<String> unbounded = new TreeSet<>();
            AtomicBoolean bounded = new AtomicBoolean();
            DataSource watched = new SourceOf(() -> SourceOf.changed(pool.getConnection(), (method, arguments) -> {
                if (method.equals("setNetworkTimeout")) {
                    bounded.set((int) arguments[1] > 0);
                } else if (sending.contains(method) && !bounded.getAndSet(false)) {
                    unbounded.add(method);
                }
                return null;
            }));
            ApiKeyStore keys = JdbcApiKeyStore.create(watched);
            TempKeyStore temps = JdbcTempKeyStore.create(watched);

            for (Callable<Object> call : everyCall(keys, temps).values()) {
                call.call();
            }

            assertThat(unbounded).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void aCallHasOneConnectionAtATime(Product product) throws Exception {
        try (TestDatabase database = TestDatabase.of(product)) {
            AtomicInteger borrowed = new AtomicInteger();
            List<Integer> seen = new ArrayList<>();
            DataSource pool = database.pool();
            DataSource counted = new SourceOf(() -> {
                seen.add(borrowed.incrementAndGet());
                return SourceOf.changed(pool.getConnection(), (method, arguments) -> {
                    if (method.equals("close")) {
                        borrowed.decrementAndGet();
                    }
                    return null;
                });
            });
            JdbcSchema.create(counted);
            ApiKeyStore keys = JdbcApiKeyStore.create(counted);
            TempKeyStore temps = JdbcTempKeyStore.builder(counted).maxLive(4).build();
            for (Callable<Object> call : everyCall(keys, temps).values()) {
                call.call();
                assertThat(borrowed).hasValue(0);
            }
            assertThat(seen).containsOnly(1);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Product.class,
            names = {"POSTGRESQL", "MARIADB", "H2"})
    void aTransactionOfTheCallerIsRefusedAndStaysWhole(Product product) throws Exception {
        try (TestDatabase database = TestDatabase.of(product);
                Connection connection = DriverManager.getConnection(database.url());
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE host (id INTEGER PRIMARY KEY)");
            DataSource source = SourceOf.always(connection);
            JdbcSchema.create(source);
            ApiKeyStore store = JdbcApiKeyStore.create(source);
            connection.setAutoCommit(false);
            statement.execute("INSERT INTO host (id) VALUES (1)");

            List<Runnable> calls = List.of(
                    () -> store.find("a"), () -> store.write(Rows.insert("a")), () -> store.write(Rows.delete("a")));
            for (Runnable call : calls) {
                assertThatThrownBy(call::run)
                        .isInstanceOf(StorageException.class)
                        .hasMessageContaining("transaction in progress")
                        .hasMessageContaining("give the store the pool itself");
            }

            connection.commit();
            try (ResultSet count = statement.executeQuery("SELECT count(*) FROM host")) {
                count.next();
                assertThat(count.getInt(1)).isEqualTo(1);
            }
        }
    }

    @Test
    void aTransactionThatOnlyReadIsRefusedByMariadb() throws Exception {
        try (TestDatabase database = TestDatabase.of(Product.MARIADB);
                Connection connection = DriverManager.getConnection(database.url());
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE host (id INTEGER PRIMARY KEY)");
            DataSource source = SourceOf.always(connection);
            JdbcSchema.create(source);
            ApiKeyStore store = JdbcApiKeyStore.create(source);
            connection.setAutoCommit(false);
            statement.executeQuery("SELECT id FROM host").close();

            assertThatThrownBy(() -> store.find("a")).hasMessageContaining("transaction in progress");

            connection.commit();
            assertThat(store.find("a")).isNull();
        }
    }

    @Test
    void aConnectionThatCannotRollBackIsGivenUp() throws Exception {
        try (TestDatabase database = TestDatabase.of(Product.H2)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            JdbcApiKeyStore.create(pool).write(Rows.insert("b"));
            List<String> said = new ArrayList<>();
            DataSource source = new SourceOf(() -> SourceOf.changed(pool.getConnection(), (method, arguments) -> {
                if (method.equals("setAutoCommit") || method.equals("abort")) {
                    said.add(method + arguments[0].equals(true));
                }
                if (method.equals("rollback")) {
                    throw new SQLException("planted");
                }
                return null;
            }));

            ApiKeyStore store = JdbcApiKeyStore.create(source);
            assertThatThrownBy(() -> store.write(Rows.insert("a", "b"))).isInstanceOf(KeyExistsException.class);

            // To turn auto-commit on again would commit the first of the two.
            assertThat(said).containsExactly("setAutoCommitfalse", "abortfalse");
            assertThat(JdbcApiKeyStore.create(pool).find("a")).isNull();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "POSTGRESQL, true",
        "POSTGRESQL, false",
        "MARIADB, true",
        "MARIADB, false",
        "H2, true",
        "H2, false",
        "SQLITE, true",
        "SQLITE, false"
    })
    void anErrorLeavesNothingOfATransactionBehind(Product product, boolean autoCommit) throws Exception {
        try (TestDatabase database = TestDatabase.of(product);
                Connection connection = DriverManager.getConnection(database.url())) {
            DataSource source = SourceOf.always(connection);
            JdbcSchema.create(source);
            JdbcApiKeyStore.create(source).write(Rows.insert("b"));
            connection.setAutoCommit(autoCommit);
            State before = State.of(connection);
            if (!autoCommit) {
                connection.rollback();
            }
            Error planted = new NoClassDefFoundError("planted");
            Connection failing = SourceOf.changed(connection, (method, arguments) -> {
                if (method.equals("prepareStatement") && ((String) arguments[0]).startsWith("UPDATE")) {
                    throw planted;
                }
                return method.equals("close") ? Void.TYPE : null;
            });

            ApiKeyStore store = JdbcApiKeyStore.create(new SourceOf(() -> failing));
            assertThatThrownBy(() -> store.write(WriteSet.builder()
                            .insert(Rows.key("a"))
                            .replace(Rows.replacing("b", 2))
                            .build()))
                    .isSameAs(planted)
                    .hasNoSuppressedExceptions();

            assertThat(State.of(connection)).isEqualTo(before);
            if (!autoCommit) {
                // Whatever has stayed open: a pool, or the next who borrows, may do this.
                connection.commit();
            }
            assertThat(store.find("a")).isNull();
            assertThat(store.find("b").version()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "setAutoCommit false, 'setAutoCommit false, abort, close'",
        "prepareStatement, 'setAutoCommit false, prepareStatement, rollback, setAutoCommit true, close'",
        "commit, 'setAutoCommit false, prepareStatement, commit, rollback, setAutoCommit true, close'"
    })
    void anErrorIsThrownOnAndAutoCommitReturnsOnlyWithoutATransaction(String where, String calls) {
        try (TestDatabase database = TestDatabase.of(Product.H2)) {
            JdbcSchema.create(database.pool());
            Error planted = new NoClassDefFoundError("planted");
            List<String> said = new ArrayList<>();
            ApiKeyStore store = recording(database.pool(), said, Map.of(where, planted));

            assertThatThrownBy(() -> store.write(Rows.insert("a", "b"))).isSameAs(planted);

            assertThat(String.join(", ", said)).isEqualTo(calls);
        }
    }

    /** What was committed is acknowledged: an error instead would cost the caller a new secret. */
    @ParameterizedTest
    @CsvSource({"setAutoCommit true, abort", "close, ''"})
    void anErrorAfterTheCommitDoesNotReachTheCaller(String where, String aborts) {
        try (TestDatabase database = TestDatabase.of(Product.H2)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            List<String> said = new ArrayList<>();
            ApiKeyStore store = recording(pool, said, Map.of(where, new NoClassDefFoundError("planted")));

            assertThat(store.write(Rows.insert("a", "b"))).isTrue();

            assertThat(said).endsWith("close").contains("commit").doesNotContain("rollback");
            assertThat(said.contains("abort")).isEqualTo(aborts.equals("abort"));
            assertThat(JdbcApiKeyStore.create(pool).find("a")).isNotNull();
        }
    }

    @Test
    void aConnectionWhoseRollbackThrowsAnErrorIsGivenUpToo() {
        try (TestDatabase database = TestDatabase.of(Product.H2)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            Error planted = new NoClassDefFoundError("planted");
            Error second = new StackOverflowError("planted");
            List<String> said = new ArrayList<>();
            ApiKeyStore store = recording(pool, said, Map.of("commit", planted, "rollback", second));

            assertThatThrownBy(() -> store.write(Rows.insert("a", "b")))
                    .isSameAs(planted)
                    .hasSuppressedException(second);
            assertThat(said).endsWith("commit", "rollback", "abort", "close");

            said.clear();
            JdbcApiKeyStore.create(pool).write(Rows.insert("d"));
            assertThatThrownBy(() -> store.write(Rows.insert("c", "d")))
                    .isInstanceOf(KeyExistsException.class)
                    .hasSuppressedException(second);
            assertThat(said).endsWith("rollback", "abort", "close");
        }
    }

    /** A store that notes what it does to its connections, some of which throws. */
    private static ApiKeyStore recording(DataSource pool, List<String> said, Map<String, Error> planted) {
        Set<String> noted = Set.of("setAutoCommit", "prepareStatement", "commit", "rollback", "abort", "close");
        AtomicBoolean armed = new AtomicBoolean();
        ApiKeyStore store = JdbcApiKeyStore.create(new SourceOf(() ->
                SourceOf.changed(pool.getConnection(), (method, arguments) -> {
                    String call = method.equals("setAutoCommit") ? method + " " + arguments[0] : method;
                    if (armed.get() && noted.contains(method)) {
                        said.add(call);
                    }
                    if (armed.get() && planted.containsKey(call)) {
                        throw planted.get(call);
                    }
                    return null;
                })));
        armed.set(true);
        return store;
    }

    @ParameterizedTest
    @CsvSource({
        "POSTGRESQL, TRANSACTION_REPEATABLE_READ",
        "POSTGRESQL, TRANSACTION_SERIALIZABLE",
        "MARIADB, TRANSACTION_READ_COMMITTED",
        "MARIADB, TRANSACTION_SERIALIZABLE",
        "H2, TRANSACTION_REPEATABLE_READ",
        "H2, TRANSACTION_SERIALIZABLE"
    })
    void whatTheDatabaseGivesUpForAnotherIsDoneAgain(Product product, String isolation) throws Exception {
        try (TestDatabase database = TestDatabase.of(product)) {
            HikariConfig configuration = database.configuration(8);
            configuration.setTransactionIsolation(isolation);
            DataSource pool = database.pool(configuration);
            JdbcSchema.create(pool);
            ApiKeyStore store = JdbcApiKeyStore.create(pool);
            store.write(Rows.insert("a", "b", "c"));

            ExecutorService callers = Executors.newFixedThreadPool(8);
            List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                int node = i;
                done.add(callers.submit(() -> {
                    for (int round = 1; round <= 20; round++) {
                        store.addUsage(Rows.usage("node " + node, round, "a", "b", "c"));
                    }
                }));
            }
            for (Future<?> caller : done) {
                caller.get();
            }
            callers.shutdown();

            assertThat(store.list(KeyFilter.ALL, Order.OLDEST_FIRST, null, 10, 0)
                            .rows())
                    .extracting(KeyRow::usageCount)
                    .containsExactly(160L, 160L, 160L);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "POSTGRESQL, reWriteBatchedInserts=true",
        "POSTGRESQL, prepareThreshold=-1",
        "POSTGRESQL, stringtype=unspecified",
        "MARIADB, useBulkStmts=true",
        "MARIADB, useAffectedRows=true",
        "MARIADB, useServerPrepStmts=true",
        "MARIADB, useBulkStmtsForInserts=false"
    })
    void theDriversOptionsDoNotMatter(Product product, String option) throws Exception {
        try (TestDatabase database = TestDatabase.of(product)) {
            HikariConfig configuration = database.configuration(2);
            configuration.setJdbcUrl(database.url() + "&" + option);
            DataSource pool = database.pool(configuration);
            JdbcSchema.create(pool);
            JdbcSchema.validate(pool);
            ApiKeyStore store = JdbcApiKeyStore.create(pool);
            assertThat(store.write(Rows.insert("a", "b", "c"))).isTrue();
            assertThatThrownBy(() -> store.write(Rows.insert("a1", "b", "d")))
                    .isInstanceOfSatisfying(
                            KeyExistsException.class, e -> assertThat(e.keyId()).contains("b"));
            assertThat(store.write(replaces(Rows.replacing("a", 2), Rows.replacing("b", 2))))
                    .isTrue();
            assertThat(store.write(replaces(Rows.replacing("a", 3), Rows.replacing("b", 2))))
                    .isFalse();
            assertThat(store.find("a").version()).isEqualTo(2);
            store.addUsage(Rows.usage(1, "a", "b"));
            assertThat(store.find("b").usageCount()).isEqualTo(1);
            long now = System.currentTimeMillis();
            store.write(Rows.inserts(List.of(Rows.endingAt("x", 1), Rows.endingAt("y", 1), Rows.endingAt("z", now))));
            assertThat(store.purge(Duration.ofHours(1), now, 10, Rows.journal(1))
                            .rows())
                    .extracting(KeyRow::id)
                    .containsExactly("x", "y");
            assertThat(store.journal(JournalRow.Filter.ALL, null, 10)).hasSize(1);
        }
    }

    private static WriteSet replaces(WriteSet.Replace... replaces) {
        WriteSet.Builder set = WriteSet.builder();
        for (WriteSet.Replace replace : replaces) {
            set.replace(replace);
        }
        return set.build();
    }
}
