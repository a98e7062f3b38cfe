package dev.apikeys.importer;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.importer.RowReport.Outcome;
import dev.apikeys.jdbc.JdbcApiKeyStore;
import dev.apikeys.jdbc.JdbcSchema;
import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.jdbc.Tripwire;
import dev.apikeys.jdbc.Tripwire.When;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An import that is killed at any step continues where it was. */
class LegacyImportCrashTest {

    private static final int PAGE = 5;
    private static final int PAGES = 3;
    private static final int ROWS = PAGE * (PAGES - 1) + 2;
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-23T09:00:00Z"));
    private static final Consumer<ImportReport> NOBODY = report -> {};

    @TempDir
    Path directory;

    /** A key that was deleted in between stays away, and all else is as if nothing had happened, the journal included. */
    @ParameterizedTest
    @EnumSource(When.class)
    void whereverItIsKilledTheNextRunEndsWithTheSame(When when) {
        LegacyFile file = LegacyFile.lenient(directory);
        file.fill(ROWS);
        file.run("UPDATE api_keys SET name = '' WHERE id = '" + LegacyFile.id(PAGE - 1) + "'");
        try (TargetStore target = TargetStore.in(Product.H2)) {
            HikariDataSource pool = target.pool();
            List<KeyRow> expected = imported(file, pool, "whole_");
            assertThat(expected).hasSize(ROWS - 1);
            int interruptedBetweenPages = 0;
            for (int step = 1; ; step++) {
                String prefix = "killed_" + when.name().toLowerCase(Locale.ROOT) + step + "_";
                JdbcSchema.create(pool, prefix);
                JdbcApiKeyStore store = store(pool, prefix);
                if (!dies(file, pool, prefix, new Tripwire(step, when))) {
                    break;
                }
                String deleted = expected.get(0).id();
                boolean wasThere = TargetStore.delete(store, deleted);
                resume(file, pool, prefix);
                List<KeyRow> rows = TargetStore.rows(store);
                if (wasThere) {
                    interruptedBetweenPages++;
                }
                assertThat(rows)
                        .as("killed %s step %s", when, step)
                        .isEqualTo(wasThere ? without(expected, deleted) : expected);
                assertThat(imported(store)).as("killed %s step %s", when, step).isEqualTo(ROWS - 1);
            }
            assertThat(interruptedBetweenPages).isGreaterThan(PAGES);
        }
    }

    /** How many keys were imported, by the journal. */
    private static long imported(JdbcApiKeyStore store) {
        return store.journal(JournalRow.Filter.ALL, null, 10).stream()
                .mapToLong(JournalRow::count)
                .sum();
    }

    private static List<KeyRow> without(List<KeyRow> rows, String id) {
        return rows.stream().filter(row -> !row.id().equals(id)).toList();
    }

    private static List<KeyRow> imported(LegacyFile file, DataSource pool, String prefix) {
        JdbcSchema.create(pool, prefix);
        resume(file, pool, prefix);
        return TargetStore.rows(store(pool, prefix));
    }

    private static void resume(LegacyFile file, DataSource pool, String prefix) {
        Summary summary = legacyImport(file.source(), pool, prefix).apply(NOBODY);
        assertThat(summary.outcomes()).doesNotContainKey(Outcome.ALREADY_THERE);
    }

    private static boolean dies(LegacyFile file, DataSource pool, String prefix, Tripwire tripwire) {
        try {
            legacyImport(tripwire.over(file.source()), tripwire.over(pool), prefix)
                    .apply(NOBODY);
            return tripwire.dead();
        } catch (StorageException e) {
            return true;
        }
    }

    private static LegacyImport legacyImport(DataSource from, DataSource to, String prefix) {
        return LegacyImport.from(from)
                .clock(CLOCK)
                .pageSize(PAGE)
                .tablePrefix(prefix)
                .into(to);
    }

    private static JdbcApiKeyStore store(DataSource pool, String prefix) {
        return JdbcApiKeyStore.builder(pool).tablePrefix(prefix).build();
    }
}
