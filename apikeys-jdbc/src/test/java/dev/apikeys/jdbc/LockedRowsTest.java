package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempRow;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Background work while another transaction holds one row. SQLite has no locks on rows. */
class LockedRowsTest {

    /** Much longer than a call may take that has to wait for nothing, or for one row of a usage batch. */
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private static final Duration SOON = Duration.ofSeconds(20);

    @ParameterizedTest
    @EnumSource(
            value = Product.class,
            names = {"POSTGRESQL", "MARIADB", "H2"})
    void aLockedRowFailsItsBatchOfUsageSoonAndNoOther(Product product) throws SQLException {
        try (TestDatabase database = TestDatabase.of(product);
                Connection other = DriverManager.getConnection(database.url());
                Statement statement = other.createStatement()) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore store = JdbcApiKeyStore.builder(pool).timeout(TIMEOUT).build();
            store.write(Rows.insert("a", "b", "c"));
            other.setAutoCommit(false);
            statement.execute("UPDATE apikeys_key SET name = 'held' WHERE id = 'b'");

            assertTimeoutPreemptively(
                    SOON,
                    () -> assertThatThrownBy(() -> store.addUsage(Rows.usage(1, "a", "b", "c")))
                            .isInstanceOfSatisfying(
                                    StorageException.class,
                                    e -> assertThat(e.outcomeUnknown()).isFalse()));
            assertThat(store.find("a").usageCount()).isZero();
            // The number was not used up.
            store.addUsage(Rows.usage(1, "a"));
            store.addUsage(Rows.usage(2, "c"));
            other.rollback();
            store.addUsage(Rows.usage(3, "b"));
            for (String id : List.of("a", "b", "c")) {
                assertThat(store.find(id).usageCount()).as(id).isEqualTo(1);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Product.class,
            names = {"POSTGRESQL", "MARIADB", "H2"})
    void aLockedRowDoesNotKeepOthersFromThePurge(Product product) throws SQLException {
        try (TestDatabase database = TestDatabase.of(product);
                Connection other = DriverManager.getConnection(database.url());
                Statement statement = other.createStatement()) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore store = JdbcApiKeyStore.builder(pool).timeout(TIMEOUT).build();
            long now = System.currentTimeMillis();
            store.write(Rows.inserts(List.of(
                    Rows.endingAt("a", 1), Rows.endingAt("b", 2), Rows.endingAt("c", 3), Rows.endingAt("d", 4))));
            other.setAutoCommit(false);
            statement.execute("UPDATE apikeys_key SET name = 'held' WHERE id = 'b'");

            ApiKeyStore.Purge purge =
                    assertTimeoutPreemptively(SOON, () -> store.purge(Duration.ofDays(1), now, 2, Rows.journal(1)));
            assertThat(purge.rows()).extracting(KeyRow::id).containsExactly("a", "c");
            assertThat(purge.rest()).isEqualTo(Rest.MORE);
            ApiKeyStore.Purge rest =
                    assertTimeoutPreemptively(SOON, () -> store.purge(Duration.ofDays(1), now, 2, Rows.journal(2)));
            assertThat(rest.rows()).extracting(KeyRow::id).containsExactly("d");
            assertThat(rest.rest()).isEqualTo(Rest.NONE);

            other.rollback();
            assertThat(store.purge(Duration.ofDays(1), now, 2, Rows.journal(3)).rows())
                    .extracting(KeyRow::id)
                    .containsExactly("b");
            assertThat(store.journal(JournalRow.Filter.ALL, null, 10))
                    .extracting(JournalRow::count)
                    .containsExactlyInAnyOrder(2L, 1L, 1L);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Product.class,
            names = {"POSTGRESQL", "MARIADB", "H2"})
    void aLockedRowDoesNotKeepOtherHandOffsFromEnding(Product product) throws SQLException {
        try (TestDatabase database = TestDatabase.of(product);
                Connection other = DriverManager.getConnection(database.url());
                Statement statement = other.createStatement()) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            TempKeyStore store =
                    JdbcTempKeyStore.builder(pool).timeout(TIMEOUT).maxLive(4).build();
            long now = System.currentTimeMillis();
            long old = now - Duration.ofDays(2).toMillis();
            store.insert(List.of(
                    Rows.temp("live 1", "a", 0, now),
                    Rows.temp("live 2", "b", 0, now),
                    Rows.temp("old 1", "a", 0, old),
                    Rows.temp("old 2", "b", 0, old)));
            assertThat(store.settle("old 1", 1) && store.settle("old 2", 1)).isTrue();
            other.setAutoCommit(false);
            statement.execute("UPDATE apikeys_temp SET key_id = 'held' WHERE ticket_hash IN ('live 1', 'old 1')");

            TempKeyStore.Sweep sweep = assertTimeoutPreemptively(SOON, () -> store.purge(Duration.ofDays(1), now, 10));
            assertThat(sweep.ended()).extracting(TempRow::ticketHash).containsExactly("live 2");
            assertThat(sweep.removed()).isEqualTo(1);
            other.rollback();
            TempKeyStore.Sweep rest = store.purge(Duration.ofDays(1), now, 10);
            assertThat(rest.ended()).extracting(TempRow::ticketHash).containsExactly("live 1");
            assertThat(rest.removed()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Product.class,
            names = {"POSTGRESQL", "MARIADB", "H2"})
    void aLockedRowDoesNotKeepAFullStoreFromMakingRoom(Product product) throws SQLException {
        try (TestDatabase database = TestDatabase.of(product);
                Connection other = DriverManager.getConnection(database.url());
                Statement statement = other.createStatement()) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            TempKeyStore store =
                    JdbcTempKeyStore.builder(pool).timeout(TIMEOUT).maxLive(2).build();
            store.insert(List.of(Rows.temp("a", "a", 0, 5), Rows.temp("b", "b", 0, 5)));
            other.setAutoCommit(false);
            statement.execute("UPDATE apikeys_temp SET key_id = 'held' WHERE ticket_hash = 'a'");

            TempKeyStore.Sweep sweep =
                    assertTimeoutPreemptively(SOON, () -> store.insert(Rows.temps(Rows.temp("c", "c", 6, 20))));
            assertThat(sweep.ended()).extracting(TempRow::ticketHash).containsExactly("b");
            other.rollback();
        }
    }
}
