package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Change;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.TempKeyStore;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the databases do for each query on large tables, as they say themselves. */
class PlansTest {

    private static final int PER_WRITE = 1_000;
    private static final int OWNERS = 20;
    private static final int TEMPS = 10_000;

    @ParameterizedTest
    @EnumSource(Product.class)
    void everyQueryGoesByAnIndex(Product product) throws SQLException {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            int size = product == Product.POSTGRESQL || product == Product.H2 ? 100_000 : 10_000;
            fill(pool, size);
            database.run(
                    switch (product) {
                        case POSTGRESQL -> "VACUUM ANALYZE";
                        case MARIADB -> "ANALYZE TABLE apikeys_key, apikeys_temp";
                        case H2, SQLITE -> "ANALYZE";
                    });
            List<String> heard = new ArrayList<>();
            DataSource listening = listening(pool, heard);
            ApiKeyStore keys = JdbcApiKeyStore.create(listening);
            TempKeyStore temps = JdbcTempKeyStore.create(listening);
            String last = Rows.id(size - 100);
            KeyFilter owner = new KeyFilter("owner 3", null, null);
            String primary = "pkey|PRIMARY|autoindex";

            Plans plans = new Plans(database, heard);
            plans.check(primary, () -> keys.list(KeyFilter.ALL, last, 100, 0), last, 101L);
            plans.check("key_owner", () -> keys.list(owner, last, 100, 0), last, "owner 3", 101L);
            plans.check(primary, () -> keys.find(last), last);
            plans.check("key_lookup", () -> keys.findByLookup("lookup 300"), "lookup 300");
            plans.check("key_ends", () -> keys.purge(2, 100), Long.MIN_VALUE, 2L, 100L);
            plans.checkAllButOrder("temp_key", () -> temps.findByKey("ak_3"), "ak_3");
            plans.check("temp_key", () -> temps.discard("ak_3"), "ak_3");
            plans.check("temp_deadline|temp_live", () -> temps.purge(2, 10), 2L, 10L);
            plans.check("temp_live", () -> temps.insert(Rows.temp("another", "ak_3", 0, 10)), 10_000L);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Product.class,
            names = {"POSTGRESQL", "H2"})
    void aFilterThatFindsLittleEndsAPageEarlyAndMissesNothing(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            fill(pool, 25_000);
            database.run("UPDATE apikeys_key SET role = 'rare' WHERE id IN ('" + Rows.id(9_999) + "', '"
                    + Rows.id(10_000) + "', '" + Rows.id(24_999) + "')");
            ApiKeyStore store = JdbcApiKeyStore.create(pool);
            KeyFilter rare = new KeyFilter(null, "rare", KeyRow.Status.ACTIVE);

            List<Integer> sizes = new ArrayList<>();
            List<String> found = new ArrayList<>();
            String after = null;
            do {
                ApiKeyStore.Slice slice = store.list(rare, after, 100, 0);
                sizes.add(slice.rows().size());
                slice.rows().forEach(row -> found.add(row.id()));
                after = slice.next();
            } while (after != null);

            assertThat(sizes).containsExactly(1, 1, 1);
            assertThat(found).containsExactly(Rows.id(9_999), Rows.id(10_000), Rows.id(24_999));
        }
    }

    /** Asks for the plan of the last statement that a call prepared first. */
    private record Plans(TestDatabase database, List<String> heard) {

        void check(String index, Runnable call, Object... parameters) throws SQLException {
            checkAllButOrder(index, call, parameters);
            assertThat(explain(heard.get(0), parameters)).doesNotContainPattern("Sort|filesort|TEMP B-TREE");
        }

        void checkAllButOrder(String index, Runnable call, Object... parameters) throws SQLException {
            heard.clear();
            call.run();
            String query = heard.get(0);
            assertThat(explain(query, parameters))
                    .as(query)
                    .containsPattern("(?i)" + index)
                    .doesNotContainPattern(
                            switch (database.product()) {
                                case POSTGRESQL -> "Seq Scan";
                                case MARIADB -> "table=apikeys_\\w+ type=(ALL|index) ";
                                case H2 -> "tableScan|_DATA";
                                case SQLITE -> "SCAN apikeys_\\w+ *\n";
                            });
        }

        private String explain(String query, Object... parameters) throws SQLException {
            String url = database.product() == Product.POSTGRESQL
                    ? database.url() + "&preferQueryMode=simple"
                    : database.url();
            String verb = database.product() == Product.SQLITE ? "EXPLAIN QUERY PLAN " : "EXPLAIN ";
            StringBuilder plan = new StringBuilder();
            try (Connection connection = DriverManager.getConnection(url);
                    PreparedStatement statement = connection.prepareStatement(verb + query)) {
                for (int i = 0; i < parameters.length; i++) {
                    statement.setObject(i + 1, parameters[i]);
                }
                try (ResultSet result = statement.executeQuery()) {
                    int columns = result.getMetaData().getColumnCount();
                    while (result.next()) {
                        for (int i = 1; i <= columns; i++) {
                            plan.append(result.getMetaData().getColumnLabel(i))
                                    .append('=')
                                    .append(result.getString(i))
                                    .append(' ');
                        }
                        plan.append('\n');
                    }
                }
            }
            return plan.toString();
        }
    }

    /** Keeps the text of every statement that is prepared. */
    private static DataSource listening(DataSource source, List<String> heard) {
        return new SourceOf(() -> SourceOf.changed(source.getConnection(), (method, arguments) -> {
            if (method.equals("prepareStatement")) {
                heard.add((String) arguments[0]);
            }
            return null;
        }));
    }

    /** Most keys have no lookup and no end, most temp keys are settled. */
    private static void fill(DataSource pool, int keys) {
        ApiKeyStore store = JdbcApiKeyStore.create(pool);
        for (int from = 0; from < keys; from += PER_WRITE) {
            List<Change> changes = IntStream.range(from, from + PER_WRITE)
                    .mapToObj(PlansTest::key)
                    .map(row -> (Change) new Change.Insert(row))
                    .toList();
            store.write(changes);
        }
        try (Connection connection = pool.getConnection();
                PreparedStatement statement = connection.prepareStatement(
                        "INSERT INTO apikeys_temp (ticket_hash, key_id, sealed, created_at, deadline, settled_at)"
                                + " VALUES (?, ?, ?, ?, ?, ?)")) {
            connection.setAutoCommit(false);
            for (int i = 0; i < TEMPS; i++) {
                boolean settled = i % 100 != 0;
                Binding.of(statement)
                        .text("ticket " + i)
                        .text("ak_" + i)
                        .text(settled ? null : "c2VhbGVk")
                        .number(0L)
                        .number((long) i)
                        .number(settled ? Long.valueOf(0) : null);
                statement.addBatch();
            }
            statement.executeBatch();
            connection.commit();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyRow key(int number) {
        boolean rare = number % 100 == 0;
        return new KeyRow(
                Rows.id(number),
                rare ? "lookup " + number : null,
                "sha256$$00",
                "name",
                null,
                "owner " + number % OWNERS,
                "role",
                "[]",
                null,
                1,
                1,
                rare ? Long.valueOf(number) : null,
                null,
                null,
                null,
                null,
                null,
                null,
                0,
                1);
    }
}
