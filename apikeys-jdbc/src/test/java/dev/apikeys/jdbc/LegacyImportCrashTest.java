package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.jdbc.Tripwire.When;
import dev.apikeys.jdbc.legacy.LegacyImport;
import dev.apikeys.jdbc.legacy.RowReport;
import dev.apikeys.jdbc.legacy.RowReport.Outcome;
import dev.apikeys.jdbc.legacy.Summary;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An import that is killed at any step goes on where it was, and one of many rows is read page by page. */
class LegacyImportCrashTest {

    private static final int PAGE = 500;
    private static final int PAGES = 3;
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-23T09:00:00Z"));
    private static final Consumer<RowReport> NOBODY = report -> {};

    @TempDir
    Path directory;

    /** A key that was deleted in between stays away, and everything else is as if nothing had happened. */
    @ParameterizedTest
    @EnumSource(When.class)
    void whereverItIsKilledTheNextRunComesToTheSame(When when) {
        LegacyFile file = LegacyFile.lenient(directory);
        file.fill(PAGE * (PAGES - 1) + 10);
        file.run("UPDATE api_keys SET name = '' WHERE id = '" + Rows.id(PAGE - 1) + "'");
        try (TestDatabase database = TestDatabase.of(Product.H2)) {
            HikariDataSource pool = database.pool();
            List<KeyRow> expected = imported(file, pool, "whole_");
            int step = 1;
            int interruptedBetweenPages = 0;
            while (true) {
                String prefix = "killed_" + when.name().toLowerCase(java.util.Locale.ROOT) + step + "_";
                JdbcSchema.create(pool, prefix);
                Tripwire tripwire = new Tripwire(step++, when);
                if (!dies(file, pool, prefix, tripwire)) {
                    break;
                }
                JdbcApiKeyStore store = store(pool, prefix);
                String deleted = expected.get(0).id();
                boolean wasThere = store.delete(deleted);
                resume(file, store);
                List<KeyRow> rows = rows(store);
                if (wasThere) {
                    interruptedBetweenPages++;
                    assertThat(rows).as("killed %s step %s", when, step - 1).isEqualTo(without(expected, deleted));
                } else {
                    assertThat(rows).as("killed %s step %s", when, step - 1).isEqualTo(expected);
                }
                database.run("DROP TABLE " + prefix + "key", "DROP TABLE " + prefix + "temp");
            }
            assertThat(interruptedBetweenPages).isGreaterThan(PAGES);
        }
    }

    private static List<KeyRow> without(List<KeyRow> rows, String id) {
        return rows.stream().filter(row -> !row.id().equals(id)).toList();
    }

    private static List<KeyRow> imported(LegacyFile file, DataSource pool, String prefix) {
        JdbcSchema.create(pool, prefix);
        JdbcApiKeyStore store = store(pool, prefix);
        resume(file, store);
        List<KeyRow> rows = rows(store);
        assertThat(rows).hasSize(PAGE * (PAGES - 1) + 9);
        return rows;
    }

    private static void resume(LegacyFile file, JdbcApiKeyStore store) {
        Summary summary =
                LegacyImport.from(file.source()).clock(CLOCK).into(store).apply(NOBODY);
        assertThat(summary.outcomes()).doesNotContainKey(Outcome.ALREADY_THERE);
    }

    private static boolean dies(LegacyFile file, DataSource pool, String prefix, Tripwire tripwire) {
        try {
            JdbcApiKeyStore store = store(tripwire.over(pool), prefix);
            LegacyImport.from(tripwire.over(file.source()))
                    .clock(CLOCK)
                    .into(store)
                    .apply(NOBODY);
            return tripwire.dead();
        } catch (StorageException e) {
            return true;
        }
    }

    private static JdbcApiKeyStore store(DataSource pool, String prefix) {
        return JdbcApiKeyStore.builder(pool).tablePrefix(prefix).build();
    }

    private static List<KeyRow> rows(JdbcApiKeyStore store) {
        List<KeyRow> rows = new ArrayList<>();
        String after = null;
        do {
            JdbcApiKeyStore.Slice slice = store.list(KeyFilter.ALL, after, 1_000, 0);
            rows.addAll(slice.rows());
            after = slice.next();
        } while (after != null);
        return rows;
    }

    @Test
    void manyRowsAreReadAndWrittenPageByPage() {
        int rows = 100_000;
        try (TestDatabase database = TestDatabase.of(Product.H2)) {
            HikariDataSource pool = database.pool();
            JdbcSchema.create(pool);
            database.run(
                    "CREATE TABLE api_keys (id VARCHAR(64) PRIMARY KEY, name VARCHAR, description VARCHAR, role VARCHAR,"
                            + " permissions VARCHAR, key_hash VARCHAR, status VARCHAR, usage_count BIGINT,"
                            + " created_at VARCHAR, updated_at VARCHAR)",
                    "INSERT INTO api_keys SELECT 'ak_' || (1000000 + X), 'key ' || X, NULL, 'read_only', 'read,' || X % 7,"
                            + " RAWTOHEX(HASH('SHA-256', CAST(X AS VARCHAR))), 'active', X,"
                            + " '2025-09-02T10:00:00Z', '2025-09-02T10:00:00Z' FROM SYSTEM_RANGE(1, " + rows + ")");
            List<String> queries = new ArrayList<>();
            List<String> writes = new ArrayList<>();
            LegacyImport legacy = LegacyImport.from(Tripwire.none(queries::add).over(pool))
                    .into(JdbcApiKeyStore.create(Tripwire.none(writes::add).over(pool)));
            List<String> ids = new ArrayList<>();
            Summary summary = legacy.apply(report -> ids.add(report.id()));
            assertThat(summary.outcomes()).isEqualTo(Map.of(Outcome.IMPORTED, (long) rows));
            assertThat(ids).hasSize(rows).isSorted().doesNotHaveDuplicates();
            assertThat(queries)
                    .filteredOn(query -> query.endsWith("ORDER BY id LIMIT " + PAGE))
                    .hasSize(rows / PAGE + 1);
            assertThat(queries).hasSizeLessThan(rows / PAGE + 10);
            assertThat(writes).hasSizeLessThan(2 * rows / PAGE + 10);
            database.run("DROP TABLE api_keys");
        }
    }
}
