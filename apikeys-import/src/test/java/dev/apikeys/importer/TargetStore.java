package dev.apikeys.importer;

import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.jdbc.JdbcApiKeyStore;
import dev.apikeys.jdbc.JdbcSchema;
import dev.apikeys.jdbc.TestDatabase;
import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.WriteSet;
import java.util.ArrayList;
import java.util.List;

/** The store that keys are imported into, in a database of its own, and what tests ask of it. */
final class TargetStore implements AutoCloseable {

    private final TestDatabase database;
    private final HikariDataSource pool;
    private final JdbcApiKeyStore store;

    private TargetStore(Product product) {
        database = TestDatabase.of(product);
        pool = database.pool();
        JdbcSchema.create(pool);
        store = JdbcApiKeyStore.create(pool);
    }

    static TargetStore in(Product product) {
        return new TargetStore(product);
    }

    TestDatabase database() {
        return database;
    }

    HikariDataSource pool() {
        return pool;
    }

    JdbcApiKeyStore store() {
        return store;
    }

    KeyRow find(String id) {
        return store.find(id);
    }

    /** All rows, by id. */
    List<KeyRow> rows() {
        return rows(store);
    }

    static List<KeyRow> rows(ApiKeyStore store) {
        List<KeyRow> rows = new ArrayList<>();
        String after = null;
        do {
            ApiKeyStore.Slice slice = store.list(KeyFilter.ALL, ApiKeyStore.Order.OLDEST_FIRST, after, 1_000, 0);
            rows.addAll(slice.rows());
            after = slice.next();
        } while (after != null);
        return rows;
    }

    List<String> ids() {
        return rows().stream().map(KeyRow::id).toList();
    }

    /** The journal, newest first. */
    List<JournalRow> journal() {
        return store.journal(JournalRow.Filter.ALL, null, 1_000);
    }

    boolean delete(String id) {
        return delete(store, id);
    }

    /** Deletes as a manager does, but for the journal. */
    static boolean delete(ApiKeyStore store, String id) {
        KeyRow row = store.find(id);
        return row != null
                && store.write(WriteSet.builder()
                        .delete(new WriteSet.Delete(id, row.hash(), row.version()))
                        .build());
    }

    @Override
    public void close() {
        database.close();
    }
}
