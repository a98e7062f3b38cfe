package dev.apikeys.benchmarks;

import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.KeyQuery;
import dev.apikeys.Page;
import dev.apikeys.jdbc.JdbcApiKeyStore;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A PostgreSQL with a number of keys, kept until the JVM ends: to fill it takes minutes. In each, 1 000 keys
 * are of one owner and, about as many, of one creator; each owner {@code bulk-0} to {@code bulk-3} has 10 000. A tenth
 * ended a year ago, 500 000 at most. The journal tells of each that it was created.
 */
final class ManyKeys {
    static final String OWNER = "team-7";
    static final String CREATOR = "alice";
    static final int OWNED_IN_BULK = 10_000;
    static final int BULKS = 4;

    private static final int OWNED = 1_000;
    private static final int KNOWN = 2_000;
    private static final Map<Integer, ManyKeys> FILLED = new ConcurrentHashMap<>();

    final int present;
    final JdbcApiKeyStore store;
    final ApiKeyManager keys;

    /** Secrets of keys that were created one by one. */
    final List<String> secrets;

    private final Database database;

    private ManyKeys(int present) throws Exception {
        this.present = present;
        this.database = Database.start("postgresql");
        this.store = JdbcApiKeyStore.builder(database.pool())
                .timeout(Duration.ofMinutes(1))
                .build();
        insert();
        this.keys = ApiKeys.builder(store)
                .cacheMaxAge(Duration.ofNanos(1))
                .maintenanceInterval(Duration.ofHours(1))
                .build();
        this.secrets = Scene.fill(keys, KNOWN, KNOWN);
        run("VACUUM ANALYZE");
    }

    /** Returns the database with so many keys, filled if it is the first to ask. */
    static ManyKeys of(int present) {
        return FILLED.computeIfAbsent(present, count -> {
            try {
                return new ManyKeys(count);
            } catch (Exception e) {
                throw new IllegalStateException("PostgreSQL could not be filled", e);
            }
        });
    }

    /** The id of the n-th key that was inserted. */
    static String id(long n) {
        return "ak_01" + String.format("%024d", n);
    }

    int ended() {
        return Math.min(500_000, present / 10);
    }

    private void insert() throws SQLException {
        long now = Instant.now().toEpochMilli();
        long year = Duration.ofDays(365).toMillis();
        long day = Duration.ofDays(1).toMillis();
        int step = (present - BULKS * OWNED_IN_BULK) / OWNED;
        run("INSERT INTO apikeys_key (id, hash, name, owner, role, created_by, created_at, updated_at, expires_at,"
                + " last_used_at, disabled_at, usage_count, version)"
                + " SELECT 'ak_01' || lpad(n::text, 24, '0'), 'sha256$$' || encode(sha256(n::text::bytea), 'hex'),"
                + " 'deploys of service ' || n,"
                + " CASE WHEN n <= " + BULKS * OWNED_IN_BULK + " THEN 'bulk-' || (n - 1) / " + OWNED_IN_BULK
                + " WHEN n % " + step + " = 7 THEN '" + OWNER + "' ELSE 'other-' || n % 1000 END,"
                + " CASE WHEN n % 1000 = 1 THEN 'admin' ELSE 'read_upload' END,"
                + " CASE WHEN n % " + step + " = 7 THEN '" + CREATOR + "' ELSE 'admin-' || n % 100 END,"
                + " " + (now - 2 * year) + " + n, " + (now - 2 * year) + " + n,"
                + " CASE WHEN n > " + (present - ended()) + " THEN " + (now - year) + " + n % 1000 END,"
                + " CASE WHEN n % 5000 = 2 THEN " + (now - year) + " ELSE " + (now - 30 * day) + " + n % " + day
                + " END,"
                + " CASE WHEN n % 20000 = 3 THEN " + (now - day) + " END, n % 100, 1"
                + " FROM generate_series(1, " + present + ") n");
        run("INSERT INTO apikeys_journal (time, id, type, actor, key_id, version, count)"
                + " SELECT created_at, substr(id, 4), 'CREATED', created_by, id, 1, 1 FROM apikeys_key");
    }

    private void run(String sql) throws SQLException {
        try (Connection connection = database.pool().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
            if (!connection.getAutoCommit()) {
                connection.commit();
            }
        }
    }

    /** The first keys, by the statement alone: every column of them, with nothing made of it. */
    List<Object[]> firstByHand(int size) throws SQLException {
        try (Connection connection = database.pool().getConnection();
                PreparedStatement select =
                        connection.prepareStatement("SELECT * FROM apikeys_key ORDER BY id LIMIT ?")) {
            select.setInt(1, size);
            List<Object[]> rows = new ArrayList<>(size);
            try (ResultSet result = select.executeQuery()) {
                int columns = result.getMetaData().getColumnCount();
                while (result.next()) {
                    Object[] row = new Object[columns];
                    for (int i = 0; i < columns; i++) {
                        row[i] = result.getObject(i + 1);
                    }
                    rows.add(row);
                }
            }
            return rows;
        }
    }

    /** The last page that is full of what a query finds. */
    KeyQuery lastPage(KeyQuery first, int size) {
        KeyQuery before = first.limit(1_000);
        KeyQuery query = before;
        Page<ApiKey> page = keys.list(query);
        while (page.next().isPresent()) {
            before = query;
            query = first.limit(1_000).after(page.next().get());
            page = keys.list(query);
        }
        return before.limit(size);
    }
}
