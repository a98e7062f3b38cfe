package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.StorageException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Usage that is added once, however often it is sent. */
class UsageBatchesTest {

    @ParameterizedTest
    @EnumSource(Product.class)
    void aBatchWhoseAnswerWasLostIsAddedOnce(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            AtomicBoolean lose = new AtomicBoolean();
            DataSource losing = new SourceOf(() -> {
                Connection connection = pool.getConnection();
                return SourceOf.changed(connection, (method, arguments) -> {
                    if (method.equals("commit") && lose.getAndSet(false)) {
                        connection.commit();
                        throw new SQLException("planted", "08006");
                    }
                    return null;
                });
            });
            ApiKeyStore store = JdbcApiKeyStore.create(losing);
            store.write(Rows.insert("a"));
            for (int number = 1; number <= 3; number++) {
                lose.set(true);
                int sent = number;
                assertThatThrownBy(() -> store.addUsage(Rows.usage(sent, "a")))
                        .isInstanceOfSatisfying(
                                StorageException.class,
                                e -> assertThat(e.outcomeUnknown()).isTrue());
                store.addUsage(Rows.usage(number, "a"));
                store.addUsage(Rows.usage(number, "a"));
                assertThat(store.find("a").usageCount()).isEqualTo(number);
            }
            store.addUsage(Rows.usage(2, "a"));
            assertThat(store.find("a").usageCount()).isEqualTo(3);
            store.addUsage(Rows.usage("another node", 1, "a"));
            assertThat(store.find("a").usageCount()).isEqualTo(4);
        }
    }

    /** A row that moves to another page needs an entry in each index: with millions of keys most of the cost. */
    @Test
    void onPostgresqlARowThatIsUsedStaysOnItsPage() throws SQLException {
        try (TestDatabase database = TestDatabase.of(Product.POSTGRESQL)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore store = JdbcApiKeyStore.create(pool);
            for (int i = 0; i < 10; i++) {
                int first = 100 * i;
                store.write(Rows.insert(
                        IntStream.range(first, first + 100).mapToObj(Rows::id).toArray(String[]::new)));
            }
            Map<String, Long> before = pages(pool);
            assertThat(Set.copyOf(before.values())).hasSizeGreaterThan(10);

            store.addUsage(Rows.usage(
                    1, IntStream.range(0, 50).mapToObj(i -> Rows.id(20 * i)).toArray(String[]::new)));

            Map<String, Long> after = pages(pool);
            assertThat(before.keySet().stream().filter(id -> !before.get(id).equals(after.get(id))))
                    .isEmpty();
        }
    }

    private static Map<String, Long> pages(DataSource pool) throws SQLException {
        Map<String, Long> pages = new TreeMap<>();
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT id, (ctid::text::point)[0] FROM apikeys_key")) {
            while (rows.next()) {
                pages.put(rows.getString(1), rows.getLong(2));
            }
        }
        return pages;
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void aNodeThatWasSilentForAMonthIsForgottenAndGoesOn(Product product) throws SQLException {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore store = JdbcApiKeyStore.create(pool);
            store.write(Rows.insert("a"));
            store.addUsage(Rows.usage("old", 7, "a"));
            store.addUsage(Rows.usage("new", 7, "a"));
            long month = Duration.ofDays(31).toMillis();
            database.run("UPDATE apikeys_node SET time = time - " + month + " WHERE node = 'old'");

            // Of the chores, this one alone runs on every service.
            store.purgeJournal(Duration.ofDays(1), System.currentTimeMillis(), 10);

            try (Connection connection = DriverManager.getConnection(database.url());
                    Statement statement = connection.createStatement();
                    ResultSet nodes = statement.executeQuery("SELECT node FROM apikeys_node")) {
                assertThat(nodes.next()).isTrue();
                assertThat(nodes.getString(1)).isEqualTo("new");
                assertThat(nodes.next()).isFalse();
            }
            store.addUsage(Rows.usage("old", 8, "a"));
            store.addUsage(Rows.usage("old", 8, "a"));
            assertThat(store.find("a").usageCount()).isEqualTo(3);
        }
    }

    /** Without its number, the batch that it repeats would count twice. */
    @ParameterizedTest
    @EnumSource(Product.class)
    void aNodeThatComesBackAsItIsForgottenStays(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            long month = Duration.ofDays(31).toMillis();
            AtomicInteger deletions = new AtomicInteger();
            ApiKeyStore other = JdbcApiKeyStore.create(pool);
            ApiKeyStore store = JdbcApiKeyStore.create(new SourceOf(() ->
                    SourceOf.changed(pool.getConnection(), (method, arguments) -> {
                        if (method.equals("prepareStatement")
                                && ((String) arguments[0]).startsWith("DELETE FROM apikeys_node")) {
                            deletions.incrementAndGet();
                            other.addUsage(Rows.usage("back", 8, "a"));
                        }
                        return null;
                    })));
            other.write(Rows.insert("a"));
            other.addUsage(Rows.usage("back", 7, "a"));
            database.run("UPDATE apikeys_node SET time = time - " + month);

            store.purgeJournal(Duration.ofDays(1), System.currentTimeMillis(), 10);

            assertThat(deletions).hasValue(1);
            store.addUsage(Rows.usage("back", 8, "a"));
            assertThat(store.find("a").usageCount()).isEqualTo(2);
        }
    }
}
