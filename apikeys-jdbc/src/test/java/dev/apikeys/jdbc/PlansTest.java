package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.jdbc.internal.Binding;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.ApiKeyStore.Order;
import dev.apikeys.spi.Changes;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.WriteSet;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the databases do for each query on large tables, as they say themselves. */
class PlansTest {

    private static final int PER_WRITE = 1_000;
    private static final int OWNERS = 20;
    private static final int TEMPS = 10_000;
    private static final long NOW = System.currentTimeMillis();

    @ParameterizedTest
    @EnumSource(Product.class)
    void everyQueryUsesAnIndex(Product product) throws SQLException {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            int size = product == Product.SQLITE ? 10_000 : 50_000;
            fill(pool, size);
            database.run(
                    switch (product) {
                        case POSTGRESQL -> "VACUUM ANALYZE";
                        case MARIADB -> "ANALYZE TABLE apikeys_key, apikeys_temp, apikeys_journal";
                        case H2, SQLITE -> "ANALYZE";
                    });
            List<Heard> heard = new ArrayList<>();
            DataSource listening = listening(pool, heard);
            ApiKeyStore keys = JdbcApiKeyStore.create(listening);
            TempKeyStore temps = JdbcTempKeyStore.create(listening);
            String last = Rows.id(size - 100);
            String first = Rows.id(100);
            String middle = Rows.id(size / 2);
            KeyFilter creator = KeyFilter.builder().createdBy("creator 3").build();
            KeyFilter disabled = KeyFilter.builder().status(KeyStatus.DISABLED).build();
            String primary = "pkey|PRIMARY|autoindex";
            Order oldest = Order.OLDEST_FIRST;
            Order newest = Order.NEWEST_FIRST;

            Plans plans = new Plans(database, heard);
            String page = "ORDER BY";
            plans.check(primary, page, () -> keys.list(KeyFilter.ALL, oldest, last, 100, 0));
            plans.check(primary, page, () -> keys.list(KeyFilter.ALL, newest, first, 100, 0));
            for (Order order : Order.values()) {
                // The early owner's keys are all at one end of the table.
                for (KeyFilter owner : List.of(owned("owner 3"), owned("early"))) {
                    plans.check("key_owner", page, () -> keys.list(owner, order, null, 100, 0));
                    plans.check("key_owner", page, () -> keys.list(owner, order, middle, 100, 0));
                }
                plans.check("key_creator", page, () -> keys.list(creator, order, null, 9, 0));
                plans.check("key_creator", page, () -> keys.list(creator, order, middle, 9, 0));
                plans.check(primary, "OFFSET", () -> keys.list(disabled, order, null, 100, 0));
                plans.check(primary, "disabled_at IS", () -> keys.list(disabled, order, null, 100, 0));
            }
            plans.check(primary, "id = ?", () -> keys.find(last));
            plans.check("key_lookup", "lookup = ?", () -> keys.findByLookup("lookup 300"));
            Runnable purge = () -> keys.purge(Duration.ofDays(1), NOW, 100, Rows.journal(-1));
            plans.check("key_ends", "ends_at", purge);

            JournalRow.Position before = new JournalRow.Position(NOW, Rows.told(9));
            JournalRow.Filter byKey = JournalRow.Filter.builder().keyId(first).build();
            JournalRow.Filter byActor =
                    JournalRow.Filter.builder().actor("actor 3").build();
            JournalRow.Filter until =
                    JournalRow.Filter.builder().from(0L).until(NOW).build();
            plans.check("journal_time", page, () -> keys.journal(JournalRow.Filter.ALL, null, 9));
            plans.check("journal_time", page, () -> keys.journal(until, before, 9));
            plans.check("journal_key", page, () -> keys.journal(byKey, before, 9));
            plans.check("journal_actor", page, () -> keys.journal(byActor, null, 9));
            plans.check("journal_actor", page, () -> keys.journal(byActor, before, 9));
            plans.check("journal_time", page, () -> keys.purgeJournal(Duration.ofDays(1), NOW, 9));

            Changes.Mark mark = keys.changes(null).next();
            plans.check("journal_feed|INTEGER PRIMARY KEY", "LEFT JOIN", () -> keys.changes(mark));

            plans.check(primary, "ticket_hash = ?", () -> temps.find("ticket 3"));
            plans.checkAllButOrder("temp_key", page, () -> temps.findByKey("ak_3"));
            plans.check("temp_key", "key_id = ?", () -> temps.discard("ak_3"));
            Runnable sweep = () -> temps.purge(Duration.ofDays(1), NOW, 10);
            plans.check("temp_live", "live_deadline <= ?", sweep);
            plans.check("temp_spent", "spent_deadline <= ?", sweep);
            Runnable insert = () -> temps.insert(Rows.temps(Rows.temp("another", "ak_3", 0, 10)));
            plans.check("temp_live", "count(*)", insert);
        }
    }

    private static KeyFilter owned(String owner) {
        return KeyFilter.builder().owner(owner).build();
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void aRareStatusIsFoundInFewPages(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            fill(pool, 25_000);
            database.run("UPDATE apikeys_key SET disabled_at = 1 WHERE id IN ('" + Rows.id(9_999) + "', '"
                    + Rows.id(10_000) + "', '" + Rows.id(24_999) + "')");
            ApiKeyStore store = JdbcApiKeyStore.create(pool);
            KeyFilter rare =
                    KeyFilter.builder().status(KeyStatus.DISABLED).matching("E").build();

            for (Order order : Order.values()) {
                List<String> found = new ArrayList<>();
                int pages = 0;
                String after = null;
                do {
                    ApiKeyStore.Slice slice = store.list(rare, order, after, 100, 0);
                    slice.rows().forEach(row -> found.add(row.id()));
                    after = slice.next();
                    pages++;
                } while (after != null);

                assertThat(found).containsExactlyInAnyOrder(Rows.id(9_999), Rows.id(10_000), Rows.id(24_999));
                assertThat(found)
                        .isSortedAccordingTo(
                                order == Order.OLDEST_FIRST ? Comparator.naturalOrder() : Comparator.reverseOrder());
                // One, unless the machine is busy. A page of 5 000 rows would make it six.
                assertThat(pages).isBetween(1, 4);
            }
        }
    }

    /** Rule S03, where a page is read in several steps. */
    @ParameterizedTest
    @EnumSource(Product.class)
    void aPageOfSeveralStepsSeesAWriteWholeOrNotAtAll(Product product) throws Exception {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            fill(pool, 12_000);
            ApiKeyStore store = JdbcApiKeyStore.create(pool);
            KeyFilter rare = KeyFilter.builder().role("rare").build();
            List<String> ids = List.of(Rows.id(1), Rows.id(11_990));
            AtomicBoolean done = new AtomicBoolean();
            ExecutorService writer = Executors.newSingleThreadExecutor();
            Future<?> writing = writer.submit(() -> {
                for (long version = 2; !done.get(); version++) {
                    WriteSet.Builder set = WriteSet.builder();
                    for (String id : ids) {
                        KeyRow row = Rows.builder(id)
                                .role(version % 2 == 0 ? "rare" : "role")
                                .version(version)
                                .build();
                        set.replace(new WriteSet.Replace(row, Rows.HASH, null));
                    }
                    assertThat(store.write(set.build())).isTrue();
                }
            });
            Set<List<Long>> seen = new HashSet<>();
            for (int i = 0; i < 300; i++) {
                ApiKeyStore.Slice slice = store.list(rare, Order.OLDEST_FIRST, null, 10, 0);
                if (slice.next() == null) {
                    seen.add(slice.rows().stream().map(KeyRow::version).toList());
                }
            }
            done.set(true);
            writing.get();
            writer.shutdown();

            assertThat(seen)
                    .isNotEmpty()
                    .allMatch(versions -> versions.isEmpty()
                            || (versions.size() == 2 && versions.get(0).equals(versions.get(1))));
        }
    }

    /** A statement that was prepared, with its parameters. */
    private record Heard(String sql, Map<Integer, Object> parameters) {}

    /** Asks for the plan of the first query of a call that has a text in it. */
    private record Plans(TestDatabase database, List<Heard> heard) {

        void check(String index, String text, Runnable call) throws SQLException {
            Heard query = checkAllButOrder(index, text, call);
            assertThat(explain(query)).as(query.sql()).doesNotContainPattern("Sort|filesort|TEMP B-TREE");
        }

        Heard checkAllButOrder(String index, String text, Runnable call) throws SQLException {
            heard.clear();
            call.run();
            Heard query = heard.stream()
                    .filter(one -> one.sql().contains(text)
                            && one.sql().startsWith("SELECT")
                            && !one.sql().contains("apikeys_node"))
                    .findFirst()
                    .orElseThrow();
            assertThat(explain(query))
                    .as(query.toString())
                    .containsPattern("(?i)" + index)
                    .doesNotContainPattern(
                            switch (database.product()) {
                                case POSTGRESQL -> "Seq Scan";
                                case MARIADB -> "table=apikeys_\\w+ type=(ALL|index) .*rows=\\d{5}";
                                case H2 -> "tableScan|_DATA";
                                case SQLITE -> "SCAN apikeys_\\w+ *\n";
                            });
            return query;
        }

        private String explain(Heard query) throws SQLException {
            String url = database.product() == Product.POSTGRESQL
                    ? database.url() + "&preferQueryMode=simple"
                    : database.url();
            String verb = database.product() == Product.SQLITE ? "EXPLAIN QUERY PLAN " : "EXPLAIN ";
            StringBuilder plan = new StringBuilder();
            try (Connection connection = DriverManager.getConnection(url);
                    PreparedStatement statement = connection.prepareStatement(verb + query.sql())) {
                for (Map.Entry<Integer, Object> parameter : query.parameters().entrySet()) {
                    statement.setObject(parameter.getKey(), parameter.getValue());
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

    /** Keeps every statement that is prepared, and its parameters. */
    private static DataSource listening(DataSource source, List<Heard> heard) {
        return new SourceOf(() -> {
            Connection connection = source.getConnection();
            return SourceOf.changed(connection, (method, arguments) -> {
                if (!method.equals("prepareStatement")) {
                    return null;
                }
                Heard one = new Heard((String) arguments[0], new TreeMap<>());
                heard.add(one);
                PreparedStatement statement = connection.prepareStatement(one.sql());
                return SourceOf.changed(PreparedStatement.class, statement, (setter, values) -> {
                    if (setter.equals("setString") || setter.equals("setLong")) {
                        one.parameters().put((Integer) values[0], values[1]);
                    }
                    return null;
                });
            });
        });
    }

    /** Most keys have no lookup and no end, most temp keys are settled. */
    private static void fill(DataSource pool, int keys) {
        // What it takes is not the matter here.
        ApiKeyStore store =
                JdbcApiKeyStore.builder(pool).timeout(Duration.ofMinutes(1)).build();
        for (int from = 0; from < keys; from += PER_WRITE) {
            WriteSet.Builder set = WriteSet.builder();
            IntStream.range(from, from + PER_WRITE)
                    .forEach(i -> set.insert(key(i))
                            .journal(Rows.journal(i).toBuilder()
                                    .keyId(Rows.id(i))
                                    .build()));
            store.write(set.build());
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
            connection.createStatement().execute("UPDATE apikeys_journal SET actor = 'actor 3' WHERE id LIKE '%7'");
            connection.commit();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyRow key(int number) {
        boolean rare = number % 100 == 0;
        return Rows.builder(Rows.id(number))
                .lookup(rare ? "lookup " + number : null)
                .owner(number < 5_000 ? "early" : "owner " + number % OWNERS)
                .createdBy("creator " + number % OWNERS)
                .expiresAt(rare ? Long.valueOf(number) : null)
                .build();
    }
}
