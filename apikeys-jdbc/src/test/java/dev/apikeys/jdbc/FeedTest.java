package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.Changes;
import dev.apikeys.spi.Changes.Mark;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.WriteSet;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
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
            Mark mark = certain(store, store.changes(null).next());

            slept.addAndGet(Duration.ofSeconds(5).toNanos());

            assertThat(store.changes(mark).isCertain()).isFalse();
            certain(store, store.changes(mark).next());
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
            Mark emptied = certain(store, store.changes(mark).next());
            database.run(insertAbout("c", System.currentTimeMillis() + SECOND));
            assertThat(store.changes(mark).isAll()).isTrue();
            assertThat(store.changes(emptied).isAll())
                    .as("the first row after none")
                    .isTrue();
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
            Mark mark = certain(store, store.changes(null).next());

            restarts.incrementAndGet();

            assertThat(store.changes(mark).isAll()).isTrue();
            certain(store, store.changes(mark).next());
        }
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
