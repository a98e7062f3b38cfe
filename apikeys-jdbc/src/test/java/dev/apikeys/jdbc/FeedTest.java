package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.Changes;
import dev.apikeys.spi.Changes.Mark;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.WriteSet;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Rule S19 where it depends on the database: what becomes visible late, clocks, and journals that lost rows. */
class FeedTest {

    private static final long SECOND = 1_000;

    private final AtomicInteger rows = new AtomicInteger();

    private static ApiKeyStore store(DataSource pool) {
        JdbcSchema.create(pool);
        return JdbcApiKeyStore.create(pool);
    }

    private WriteSet about(String... keys) {
        WriteSet.Builder set = WriteSet.builder();
        for (String key : keys) {
            set.journal(JournalRow.builder(Rows.told(rows.incrementAndGet()), "UPDATED", "actor")
                    .keyId(key)
                    .build());
        }
        return set.build();
    }

    /** Inserts of another program, or of a node whose commit takes long. */
    private String insertAbout(String key, long time) {
        return "INSERT INTO apikeys_journal (time, id, type, actor, key_id, count) VALUES (" + time + ", '"
                + Rows.told(rows.incrementAndGet()) + "', 'UPDATED', 'actor', '" + key + "', 1)";
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "SQLITE")
    void aRowThatBecomesVisibleAfterALaterOneIsReported(Product product) throws SQLException {
        try (TestDatabase database = TestDatabase.of(product);
                Connection slow = DriverManager.getConnection(database.url());
                Statement statement = slow.createStatement()) {
            ApiKeyStore store = store(database.pool());
            store.write(about("before"));
            Mark mark = store.changes(null).next();
            slow.setAutoCommit(false);
            statement.execute(insertAbout("slow", System.currentTimeMillis()));
            store.write(about("fast"));
            Changes first = store.changes(mark);
            assertThat(first.ids()).containsExactly("fast");

            slow.commit();

            Changes second = store.changes(first.next());
            assertThat(second.isAll()).isFalse();
            assertThat(second.ids()).containsExactly("slow");
            assertThat(store.changes(second.next()).ids()).isEmpty();
            // An earlier mark still tells both.
            assertThat(store.changes(mark).ids()).containsExactlyInAnyOrder("fast", "slow");
        }
    }

    /** It has the number of its insert, behind which the reader is by then: only its time, or its transaction, leads to it. */
    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "SQLITE")
    void aRowThatBecomesVisibleLongAfterALaterOneIsToldOrDoubted(Product product) throws SQLException {
        try (TestDatabase database = TestDatabase.of(product);
                Connection slow = DriverManager.getConnection(database.url());
                Statement statement = slow.createStatement()) {
            ApiKeyStore store = store(database.pool());
            boolean byTime = product == Product.MARIADB || product == Product.H2;
            store.write(about("before"));
            Mark mark = store.changes(null).next();
            slow.setAutoCommit(false);
            for (long age : new long[] {28, 45}) {
                statement.execute(insertAbout("slow", System.currentTimeMillis() - age * SECOND));
                store.write(about("fast"));
                Changes fast = store.changes(mark);
                assertThat(fast.ids()).containsExactly("fast");

                slow.commit();

                Changes changes = store.changes(fast.next());
                boolean doubted = byTime && age > 30;
                assertThat(changes.isCertain()).as("certain at %d s", age).isEqualTo(!doubted);
                if (!doubted) {
                    assertThat(changes.ids()).containsExactly("slow");
                }
                mark = certain(store, changes.next());
            }
        }
    }

    /** What a transaction that stays open keeps from being forgotten is not told again, and does not count. */
    @ParameterizedTest
    @EnumSource
    void whatWasReportedIsNotReportedAgain(Product product) throws SQLException {
        try (TestDatabase database = TestDatabase.of(product);
                Connection foreign = DriverManager.getConnection(database.url());
                Statement statement = foreign.createStatement()) {
            ApiKeyStore store = store(database.pool());
            if (product == Product.POSTGRESQL) {
                foreign.setAutoCommit(false);
                statement.execute("SELECT pg_current_xact_id()");
            }
            store.write(about("before"));
            Mark mark = store.changes(null).next();
            for (int round = 0; round < 4; round++) {
                String[] keys = new String[400];
                for (int i = 0; i < keys.length; i++) {
                    keys[i] = "ak_" + round + "_" + i;
                }
                store.write(about(keys));
                Changes changes = store.changes(mark);
                assertThat(changes.ids()).containsExactlyInAnyOrder(keys);
                mark = changes.next();
            }
            assertThat(store.changes(mark).ids()).isEmpty();
        }
    }

    /** Beside a transaction that is open for hours, what was reported must not use up what a call reads. */
    @Test
    void anOpenTransactionKeepsNoRowsWithinTheLimit() throws SQLException {
        try (TestDatabase database = TestDatabase.of(Product.POSTGRESQL);
                Connection foreign = DriverManager.getConnection(database.url());
                Statement statement = foreign.createStatement()) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore store =
                    JdbcApiKeyStore.builder(pool).timeout(Duration.ofMinutes(1)).build();
            foreign.setAutoCommit(false);
            statement.execute("SELECT pg_current_xact_id()");
            store.write(about("before"));
            Mark mark = store.changes(null).next();
            for (int i = 0; i < 5; i++) {
                store.write(about(
                        Stream.generate(() -> "same").limit(Feed.MAX_ROWS / 4).toArray(String[]::new)));
                mark = store.changes(mark).next();
            }

            store.write(about("after"));

            Changes changes = store.changes(mark);
            assertThat(changes.isAll()).isFalse();
            assertThat(changes.ids()).containsExactly("after");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStoreOnAnotherPoolFollowsTheSameJournal(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            ApiKeyStore one = store(database.pool());
            ApiKeyStore two = store(database.pool());
            one.write(about("before"));
            Mark mark = two.changes(null).next();
            assertThat(one.changes(mark).isAll())
                    .as("the mark of another store")
                    .isTrue();

            one.write(about("a", "b"));

            assertThat(two.changes(mark).ids()).containsExactlyInAnyOrder("a", "b");
        }
    }

    // ---------------------------------------------------------------- clocks

    @ParameterizedTest
    @EnumSource
    void aClockThatGoesBackOrJumpsIsDoubted(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            ShiftedClock clock = new ShiftedClock(product, database.pool(), 0);
            ApiKeyStore store = store(clock.source());
            store.write(about("a"));
            Mark mark = certain(store, store.changes(null).next());
            for (long jump : new long[] {-10 * SECOND, 10 * SECOND, 3_600 * SECOND, -3_600 * SECOND}) {
                clock.add(jump);
                Changes changes = store.changes(mark);
                assertThat(changes.isCertain())
                        .as("certain after a jump of %d ms", jump)
                        .isFalse();
                assertThat(changes.isAll()).isTrue();
                mark = changes.next();
                store.write(about("b"));
                // What was read by the clock before may be doubted once more.
                mark = store.changes(mark).next();
                store.write(about("c"));
                Changes later = store.changes(mark);
                assertThat(later.isCertain())
                        .as("certain again after a jump of %d ms", jump)
                        .isTrue();
                assertThat(later.ids()).contains("c");
                mark = later.next();
            }
        }
    }

    /** All keys are told in either case, but a clock that is wrong must not count as a good answer. */
    @ParameterizedTest
    @EnumSource
    void aClockThatJumpsIsDoubtedAlsoWhereTheJournalLostRows(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            ShiftedClock clock = new ShiftedClock(product, database.pool(), 0);
            ApiKeyStore store = store(clock.source());
            store.write(about("a"));
            Mark mark = certain(store, store.changes(null).next());

            clock.add(-10 * SECOND);
            database.run("DELETE FROM apikeys_journal");

            assertThat(store.changes(mark).isCertain()).isFalse();
        }
    }

    /** Whether its server waited before it read its clock or after that. */
    @ParameterizedTest
    @EnumSource
    void aCallThatTakesLongIsNotDoubted(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            ShiftedClock clock = new ShiftedClock(product, database.pool(), 0);
            AtomicLong passed = new AtomicLong();
            AtomicLong before = new AtomicLong();
            AtomicLong after = new AtomicLong();
            Consumer<AtomicLong> wait = millis -> {
                clock.add(millis.get());
                passed.addAndGet(millis.getAndSet(0));
            };
            DataSource source = new SourceOf(() -> {
                Connection connection = clock.source().getConnection();
                return SourceOf.changed(connection, (method, arguments) -> {
                    if (!method.equals("prepareStatement") || !isOfTheFeed(arguments)) {
                        return null;
                    }
                    wait.accept(before);
                    return answeringLate(connection.prepareStatement((String) arguments[0]), () -> wait.accept(after));
                });
            });
            JdbcSchema.create(database.pool());
            ApiKeyStore store = JdbcApiKeyStore.builder(source)
                    .ticker(() ->
                            System.nanoTime() + Duration.ofMillis(passed.get()).toNanos())
                    .build();
            store.write(about("a"));
            Mark mark = certain(store, store.changes(null).next());

            for (AtomicLong slow : List.of(before, after)) {
                slow.set(4 * SECOND);
                mark = certain(store, mark);
                assertThat(slow).hasValue(0);
                mark = certain(store, mark);
            }
        }
    }

    private static boolean isOfTheFeed(Object[] arguments) {
        return ((String) arguments[0]).contains("min(time)");
    }

    /** A statement whose server has read its clock, and sends its answer later. */
    private static PreparedStatement answeringLate(PreparedStatement statement, Runnable meanwhile) {
        return SourceOf.changed(PreparedStatement.class, statement, (method, arguments) -> {
            if (!method.equals("executeQuery")) {
                return null;
            }
            ResultSet result = statement.executeQuery();
            meanwhile.run();
            return result;
        });
    }

    /** As after a machine was suspended, whose ticker stands meanwhile. */
    @ParameterizedTest
    @EnumSource
    void aTickerThatStoodIsDoubted(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            AtomicLong slept = new AtomicLong();
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore store = JdbcApiKeyStore.builder(pool)
                    .ticker(() -> System.nanoTime() - slept.get())
                    .build();
            store.write(about("a"));
            Mark mark = certain(store, store.changes(null).next());

            slept.addAndGet(Duration.ofSeconds(5).toNanos());

            assertThat(store.changes(mark).isCertain()).isFalse();
            certain(store, store.changes(mark).next());
        }
    }

    /** As after an outage of the feed: the age of a row counts from the last call, not from this one. */
    @ParameterizedTest
    @EnumSource
    void aRowIsToldWithoutDoubtHoweverLongNobodyAsked(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            ShiftedClock clock = new ShiftedClock(product, database.pool(), 0);
            AtomicLong passed = new AtomicLong();
            JdbcSchema.create(database.pool());
            ApiKeyStore store = JdbcApiKeyStore.builder(clock.source())
                    .ticker(() ->
                            System.nanoTime() + Duration.ofMillis(passed.get()).toNanos())
                    .build();
            store.write(about("a"));
            Mark mark = certain(store, store.changes(null).next());
            store.write(about("b"));

            clock.add(600 * SECOND);
            passed.addAndGet(600 * SECOND);

            Changes changes = store.changes(mark);
            assertThat(changes.isCertain()).isTrue();
            assertThat(changes.ids()).containsExactly("b");
        }
    }

    private static Mark certain(ApiKeyStore store, Mark mark) {
        Changes changes = store.changes(mark);
        assertThat(changes.isCertain()).isTrue();
        assertThat(changes.isAll()).isFalse();
        return changes.next();
    }

    /** The database that goes by time cannot know what comes later still; the others tell it. */
    @ParameterizedTest
    @EnumSource
    void anOldRowIsReportedOrInDoubt(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            ApiKeyStore store = store(database.pool());
            boolean byTime = product == Product.MARIADB || product == Product.H2;
            store.write(about("a"));
            Mark mark = certain(store, store.changes(null).next());
            for (long age : new long[] {20, 40, 70, 3_600}) {
                database.run(insertAbout("late", System.currentTimeMillis() - age * SECOND));
                Changes changes = store.changes(mark);
                boolean doubted = byTime && age > 30;
                assertThat(changes.isCertain()).as("certain at %d s", age).isEqualTo(!doubted);
                if (!doubted) {
                    assertThat(changes.ids()).containsExactly("late");
                }
                mark = certain(store, changes.next());
            }
        }
    }

    // ---------------------------------------------------------------- journals that lost rows

    @ParameterizedTest
    @EnumSource
    void aJournalThatWasEmptiedByHandTellsAll(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            ApiKeyStore store = store(database.pool());
            store.write(about("a"));
            Mark mark = certain(store, store.changes(null).next());
            store.write(about("b"));

            database.run("DELETE FROM apikeys_journal");

            assertThat(store.changes(mark).isAll()).isTrue();
            Mark emptied = store.changes(mark).next();
            assertThat(store.changes(emptied).isAll())
                    .as("while it is empty: it may have been filled and emptied again")
                    .isTrue();
            database.run(insertAbout("c", System.currentTimeMillis() + SECOND));
            assertThat(store.changes(mark).isAll()).isTrue();
            assertThat(store.changes(emptied).isAll())
                    .as("the first row after none")
                    .isTrue();
        }
    }

    /** By the time of the oldest row it looks like the journal that was read. */
    @ParameterizedTest
    @EnumSource(names = {"MARIADB", "H2"})
    void aJournalThatWasEmptiedAndFilledByAServerWhoseClockIsBehindTellsAll(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            ApiKeyStore store = store(database.pool());
            store.write(about("a"));
            Mark mark = certain(store, store.changes(null).next());
            store.write(about("b"));

            database.run("DELETE FROM apikeys_journal");
            database.run(insertAbout("c", System.currentTimeMillis() - 20 * SECOND));

            assertThat(store.changes(mark).isAll()).isTrue();
        }
    }

    /** Else an idle service could not tell its own journal from one that was emptied. */
    @ParameterizedTest
    @EnumSource
    void aPurgeLeavesTheNewestRow(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            ApiKeyStore store = store(database.pool());
            for (long time = 1; time <= 5; time++) {
                database.run(insertAbout("a", time));
            }
            Mark mark = certain(store, store.changes(null).next());

            assertThat(store.purgeJournal(Duration.ofDays(1), System.currentTimeMillis(), 10))
                    .isEqualTo(ApiKeyStore.Purge.ofJournal(4, Rest.NONE));

            assertThat(store.journal(JournalRow.Filter.ALL, null, 10))
                    .extracting(JournalRow::time)
                    .containsExactly(5L);
            mark = certain(store, mark);
            store.write(about("b"));
            assertThat(store.changes(mark).ids()).containsExactly("b");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPurgeOfWhatWasReadLongAgoIsNoGap(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            ApiKeyStore store = store(database.pool());
            long now = System.currentTimeMillis();
            database.run(insertAbout("a", now - 7_200 * SECOND), insertAbout("b", now - 3_600 * SECOND));
            store.write(about("c"));
            Mark mark = certain(store, store.changes(null).next());
            store.write(about("d"));

            assertThat(store.purgeJournal(Duration.ofMinutes(90), now, 10).removed())
                    .isOne();

            assertThat(store.changes(mark).ids()).containsExactly("d");
        }
    }

    /** The oldest row that is left is older than the mark, but not older than what the mark may have missed. */
    @ParameterizedTest
    @EnumSource
    void aPurgeOfARowThatBecameVisibleLateTellsAll(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            ApiKeyStore store = store(database.pool());
            long now = System.currentTimeMillis();
            database.run(insertAbout("a", now - 55 * SECOND), insertAbout("b", now - 5 * SECOND));
            Mark mark = certain(store, store.changes(null).next());
            database.run(insertAbout("late", now - 50 * SECOND));

            assertThat(store.purgeJournal(Duration.ofSeconds(40), now, 10).removed())
                    .isEqualTo(2);

            assertThat(store.changes(mark).isAll()).isTrue();
        }
    }

    /** Another server has given other numbers to other transactions. */
    @Test
    void anotherServerTellsAll() throws SQLException {
        try (TestDatabase database = TestDatabase.of(Product.POSTGRESQL)) {
            AtomicLong restarts = new AtomicLong();
            DataSource pool = database.pool();
            ApiKeyStore store = store(new SourceOf(() -> {
                Connection connection = pool.getConnection();
                return SourceOf.changed(
                        connection,
                        (method, arguments) -> method.equals("prepareStatement")
                                ? connection.prepareStatement(((String) arguments[0])
                                        .replace(
                                                "pg_postmaster_start_time()",
                                                "(pg_postmaster_start_time() + interval '" + restarts + " s')"))
                                : null);
            }));
            store.write(about("a"));
            Mark mark = certain(store, store.changes(null).next());

            restarts.incrementAndGet();

            assertThat(store.changes(mark).isAll()).isTrue();
            certain(store, store.changes(mark).next());
        }
    }

    /**
     * It ends all processes of the server but the first, which says when the server started. Ids of transactions of which
     * nothing was written are given again: a row has one that the mark takes for that of a transaction it has seen.
     */
    @Test
    void aCrashOfAProcessTellsAll() throws Exception {
        try (EmbeddedPostgres server = EmbeddedPostgres.builder()
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("wal_writer_delay", "10000")
                .start()) {
            DataSource source = server.getPostgresDatabase();
            JdbcSchema.create(source);
            ApiKeyStore store = JdbcApiKeyStore.create(source);
            store.write(about("a"));
            try (Connection connection = source.getConnection()) {
                beginAndRollBack(connection, 100);
                Mark mark = certain(store, store.changes(null).next());
                crash(connection, source);

                store.write(about("b"));
                try (Connection another = source.getConnection()) {
                    beginAndRollBack(another, 200);
                }

                assertThat(store.changes(mark).isAll()).isTrue();
                certain(store, store.changes(mark).next());
            }
        }
    }

    private static void beginAndRollBack(Connection connection, int times) throws SQLException {
        connection.setAutoCommit(false);
        for (int i = 0; i < times; i++) {
            number(connection, "SELECT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)");
            connection.rollback();
        }
        connection.setAutoCommit(true);
    }

    /** Kills the process behind a connection, and waits until the server is up again. */
    private static void crash(Connection connection, DataSource source) throws SQLException {
        String begun = "SELECT CAST(extract(epoch FROM min(backend_start)) * 1000000 AS BIGINT) FROM pg_stat_activity";
        long before = number(connection, begun);
        ProcessHandle.of(number(connection, "SELECT pg_backend_pid()"))
                .orElseThrow()
                .destroyForcibly();
        for (long now = before; now == before; ) {
            try (Connection another = source.getConnection()) {
                now = number(another, begun);
            } catch (SQLException stillDown) {
                now = before;
            }
        }
    }

    private static long number(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            result.next();
            return result.getLong(1);
        }
    }

    @Test
    void aServerWhoseTransactionsWentBackTellsAll() throws SQLException {
        try (TestDatabase database = TestDatabase.of(Product.POSTGRESQL)) {
            AtomicLong lost = new AtomicLong(50);
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore store = JdbcApiKeyStore.create(new SourceOf(() -> {
                Connection connection = pool.getConnection();
                return SourceOf.changed(
                        connection,
                        (method, arguments) -> method.equals("prepareStatement")
                                ? connection.prepareStatement(((String) arguments[0])
                                        .replace("CAST(pg_current_snapshot() AS TEXT)", snapshot(lost.get())))
                                : null);
            }));
            store.write(about("a"));
            Mark mark = certain(store, store.changes(null).next());
            mark = certain(store, mark);

            lost.set(0);

            assertThat(store.changes(mark).isAll()).isTrue();
            certain(store, store.changes(mark).next());
        }
    }

    /** One in which so many more transactions ended. */
    private static String snapshot(long more) {
        String end = "CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT)::BIGINT + " + more;
        return "((" + end + ")::TEXT || ':' || (" + end + ")::TEXT || ':')";
    }

    /** As after a restore from a backup. */
    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "POSTGRESQL")
    void aJournalWhoseNumbersWentBackTellsAll(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            ApiKeyStore store = store(database.pool());
            store.write(about("a"));
            store.write(about("b"));
            Mark mark = certain(store, store.changes(null).next());

            database.run(
                    switch (product) {
                        case SQLITE -> "UPDATE sqlite_sequence SET seq = 1 WHERE name = 'apikeys_journal'";
                        default -> "DELETE FROM apikeys_journal WHERE key_id = 'b'";
                    });

            assertThat(store.changes(mark).isAll()).isTrue();
        }
    }

    /** Rows of a dump keep the numbers of the transactions that wrote them elsewhere. */
    @Test
    void transactionsOfAnotherServerAreNotTaken() {
        try (TestDatabase database = TestDatabase.of(Product.POSTGRESQL)) {
            ApiKeyStore store = store(database.pool());
            store.write(about("a"));
            Mark mark = certain(store, store.changes(null).next());

            database.run(insertAbout("dumped", 1), "UPDATE apikeys_journal SET xact = '9000000000' WHERE time = 1");

            Changes changes = store.changes(mark);
            assertThat(changes.isAll()).isFalse();
            assertThat(changes.ids()).isEmpty();
        }
    }

    // ---------------------------------------------------------------- bounds

    @ParameterizedTest
    @EnumSource
    void oneKeyMoreThanIsToldTellsAll(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            ApiKeyStore store = store(database.pool());
            store.write(about("a"));
            Mark mark = certain(store, store.changes(null).next());
            String[] keys =
                    IntStream.rangeClosed(0, 1_000).mapToObj(i -> "ak_" + i).toArray(String[]::new);

            store.write(about(keys));

            assertThat(store.changes(mark).isAll()).isTrue();
            assertThat(store.changes(mark).isCertain()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void moreRowsThanACallReadsTellAll(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore store =
                    JdbcApiKeyStore.builder(pool).timeout(Duration.ofMinutes(1)).build();
            store.write(about("a"));
            Mark mark = certain(store, store.changes(null).next());
            String[] same = new String[Feed.MAX_ROWS / 4];
            Arrays.fill(same, "same");
            for (int i = 0; i < 4; i++) {
                store.write(about(same));
            }
            Changes fits = store.changes(mark);
            boolean byTime = product == Product.MARIADB || product == Product.H2;
            if (!byTime) {
                assertThat(fits.ids()).containsExactly("same");
            }
            store.write(about("b"));

            Changes many = store.changes(mark);

            assertThat(many.isAll()).isTrue();
            assertThat(many.isCertain()).isTrue();
            store.write(about("c"));
            Changes next = store.changes(many.next());
            assertThat(next.isCertain()).isTrue();
            assertThat(next.isAll() || next.ids().contains("c")).isTrue();
        }
    }
}
