package dev.apikeys.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.Actor;
import dev.apikeys.Roles;
import dev.apikeys.importer.Remark.Kind;
import dev.apikeys.importer.RowReport.Outcome;
import dev.apikeys.jdbc.JdbcApiKeyStore;
import dev.apikeys.jdbc.JdbcSchema;
import dev.apikeys.jdbc.SourceOf;
import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.jdbc.Tripwire;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.WriteSet;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run writes, and what the next one does. */
class LegacyImportTest {

    private static final Instant NOW = Instant.parse("2026-11-23T09:00:00Z");
    private static final Consumer<ImportReport> NOBODY = report -> {};

    @TempDir
    Path directory;

    private final TargetStore target = TargetStore.in(Product.H2);

    @AfterEach
    void close() {
        target.close();
    }

    private static LegacyImport.Builder from(LegacyFile file) {
        return file.legacyImport().clock(InstantSource.fixed(NOW)).pageSize(5);
    }

    private LegacyImport into(LegacyFile file) {
        return from(file).into(target.pool());
    }

    private LegacyFile filled(int rows) {
        LegacyFile file = LegacyFile.lenient(directory);
        file.fill(rows);
        return file;
    }

    @Test
    void anIdThatIsThereTwiceEndsTheImportBeforeItBegins() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").add();
        file.row("ak_2").add();
        file.row("ak_2").with(LegacyColumn.NAME, "another").add();
        assertThatThrownBy(() -> into(file).apply(NOBODY))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("1 rows of api_keys have an id that another row has")
                .hasMessageContaining("view");
        assertThat(target.ids()).isEmpty();
    }

    @Test
    void rowsWithoutIdAreCounted() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row(null).add();
        file.row(null).add();
        file.row("ak_1").add();
        Summary summary = into(file).apply(NOBODY);
        assertThat(summary.withoutId()).isEqualTo(2);
        assertThat(summary.rows()).isEqualTo(1);
    }

    @Test
    void keysThatAreThereAlreadyAreLeftAlone() {
        LegacyFile file = LegacyFile.lenient(directory);
        for (int i = 1; i <= 5; i++) {
            file.row("ak_" + i).add();
        }
        KeyRow sameId = KeyRow.builder("ak_2", "h", "n").build();
        KeyRow sameHash = KeyRow.builder("ak_9", "h", "n")
                .lookup(LegacyFile.hash("secret of ak_4"))
                .build();
        target.store().write(WriteSet.builder().insert(sameId).insert(sameHash).build());
        LegacyImport legacy = into(file);
        Map<String, Outcome> foreseen = outcomes(legacy::dryRun);
        assertThat(outcomes(legacy::apply))
                .isEqualTo(foreseen)
                .isEqualTo(Map.of(
                        "ak_1", Outcome.IMPORTED,
                        "ak_2", Outcome.ALREADY_THERE,
                        "ak_3", Outcome.IMPORTED,
                        "ak_4", Outcome.ALREADY_THERE,
                        "ak_5", Outcome.IMPORTED));
        assertThat(target.find("ak_2")).isEqualTo(sameId);
        assertThat(target.find("ak_9")).isEqualTo(sameHash);
        assertThat(target.ids()).containsExactly("ak_1", "ak_2", "ak_3", "ak_5", "ak_9");
        assertThat(target.journal())
                .singleElement()
                .satisfies(row -> assertThat(row.count()).isEqualTo(3));
    }

    @Test
    void whereAllKeysAreThereAlreadyTheMarkMovesAllTheSame() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").add();
        target.store()
                .write(WriteSet.builder()
                        .insert(KeyRow.builder("ak_1", "h", "n").build())
                        .build());
        into(file).apply(NOBODY);
        assertThat(target.delete("ak_1")).isTrue();
        assertThat(into(file).apply(NOBODY).rows()).isZero();
        assertThat(target.journal()).as("nothing was imported").isEmpty();
    }

    @Test
    void aLaterRunRestoresNoDeletedKeyAndTakesWhatIsNew() {
        LegacyFile file = filled(10);
        LegacyImport legacy = into(file);
        legacy.apply(NOBODY);
        assertThat(target.delete(LegacyFile.id(8))).isTrue();
        assertThat(target.delete(LegacyFile.id(9))).isTrue();
        file.row("ak_1857861895160042700").add();
        Map<String, Outcome> foreseen = outcomes(legacy::dryRun);
        assertThat(foreseen).isEqualTo(Map.of("ak_1857861895160042700", Outcome.IMPORTED));
        Summary summary = legacy.apply(NOBODY);
        assertThat(summary.before()).isEqualTo(10);
        assertThat(summary.rows()).isEqualTo(1);
        assertThat(target.ids()).hasSize(9).doesNotContain(LegacyFile.id(8), LegacyFile.id(9));
        assertThat(legacy.apply(NOBODY).rows()).isZero();
    }

    @Test
    void eachBatchHasOneJournalRow() {
        LegacyFile file = filled(12);
        file.run("UPDATE api_keys SET name = '' WHERE id = '" + LegacyFile.id(6) + "'");
        from(file)
                .as(Actor.of("alice").via("runbook 7").requestId("r1"))
                .into(target.pool())
                .apply(NOBODY);
        List<JournalRow> journal = target.journal();
        assertThat(journal).extracting(JournalRow::count).containsExactlyInAnyOrder(5L, 4L, 2L);
        assertThat(journal).allSatisfy(row -> {
            assertThat(row.type()).isEqualTo("IMPORTED");
            assertThat(row.actor()).isEqualTo("alice");
            assertThat(row.via()).isEqualTo("runbook 7");
            assertThat(row.requestId()).isEqualTo("r1");
            assertThat(row.keyId()).isNull();
            assertThat(row.id()).matches("[0-7][0-9a-hjkmnp-tv-z]{25}");
            assertThat(row.time()).isPositive();
        });
        assertThat(journal).extracting(JournalRow::id).doesNotHaveDuplicates();
    }

    @Test
    void theJournalNamesTheSource() {
        from(filled(1)).source("the other region").into(target.pool()).apply(NOBODY);
        assertThat(target.journal()).singleElement().satisfies(row -> {
            assertThat(row.actor()).isEqualTo("system");
            assertThat(row.via()).isEqualTo("import of the other region");
            assertThat(row.requestId()).isNull();
        });
    }

    @Test
    void aSecretIsMaskedInTheJournal() {
        String secret = LegacyFile.secret('0');
        from(filled(1))
                .source(secret)
                .as(Actor.of("by " + secret).requestId(secret))
                .into(target.pool())
                .apply(NOBODY);
        assertThat(target.journal()).singleElement().satisfies(row -> {
            assertThat(row.actor()).isEqualTo("by sk_***");
            assertThat(row.via()).isEqualTo("import of sk_***");
            assertThat(row.requestId()).isEqualTo("sk_***");
        });
    }

    /** The ids of the journal's rows come from the source, so that the store refuses a batch that it has had. */
    @Test
    void aBatchThatTheJournalHoldsIsNotWrittenAgainThoughItsMarkIsLost() {
        LegacyFile file = filled(7);
        LegacyImport legacy = into(file);
        legacy.apply(NOBODY);
        target.delete(LegacyFile.id(3));
        target.database().run("DELETE FROM apikeys_import");
        assertThatIllegalStateException()
                .isThrownBy(() -> legacy.apply(NOBODY))
                .withMessageContaining("The journal holds an import of these rows of \"api_keys\"")
                .withMessageContaining("source(...)");
        assertThat(target.ids()).hasSize(6).doesNotContain(LegacyFile.id(3));
        assertThat(target.journal()).hasSize(2);
        assertThat(from(file)
                        .source("api_keys, all the same")
                        .into(target.pool())
                        .apply(NOBODY)
                        .outcomes())
                .isEqualTo(Map.of(Outcome.IMPORTED, 1L, Outcome.ALREADY_THERE, 6L));
    }

    /** Where pages end decides about the ids of all journal rows but that of the first batch. */
    @Test
    void aLostMarkIsNoticedAlsoWherePagesEndElsewhere() {
        LegacyFile file = filled(7);
        into(file).apply(NOBODY);
        target.delete(LegacyFile.id(6));
        target.database().run("DELETE FROM apikeys_import");
        assertThatIllegalStateException()
                .isThrownBy(() -> from(file).pageSize(4).into(target.pool()).apply(NOBODY))
                .withMessageContaining("The journal holds an import of these rows of \"api_keys\"");
        assertThat(target.ids()).hasSize(6).doesNotContain(LegacyFile.id(6));
        assertThat(Target.in(target.pool(), "apikeys_").marks().find("api_keys"))
                .isEmpty();
    }

    @Test
    void ofTwoThatFindNoMarkOneIsSaidToRunElsewhere() {
        Target tables = Target.in(target.pool(), "apikeys_");
        tables.marks().create();
        Batches first = new Batches(tables, "a", Actor.SYSTEM, null);
        Batches second = new Batches(tables, "a", Actor.SYSTEM, null);
        first.write(List.of(KeyRow.builder("ak_1", "h", "n").build()));
        assertThatIllegalStateException()
                .isThrownBy(() ->
                        second.write(List.of(KeyRow.builder("ak_2", "h", "n").build())))
                .withMessageContaining("\"a\" is being imported elsewhere");
    }

    @Test
    void aTableHasOneMarkInEverySpelling() {
        LegacyFile file = filled(7);
        into(file).apply(NOBODY);
        target.delete(LegacyFile.id(6));
        Summary again =
                from(file).table("API_Keys").pageSize(4).into(target.pool()).apply(NOBODY);
        assertThat(again.rows()).isZero();
        assertThat(target.ids()).hasSize(6);
    }

    @Test
    void twoSourcesHaveMarksOfTheirOwn() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_5").add();
        into(file).apply(NOBODY);
        file.run("DELETE FROM api_keys");
        file.row("ak_1").add();
        assertThat(into(file).apply(NOBODY).rows()).isZero();
        LegacyImport other = from(file).source("the other region").into(target.pool());
        assertThat(other.apply(NOBODY).rows()).isEqualTo(1);
    }

    @Test
    void twoTargetsInOneDatabaseHaveMarksOfTheirOwn() {
        JdbcSchema.create(target.pool(), "other_");
        LegacyFile file = filled(1);
        into(file).apply(NOBODY);
        LegacyImport other = from(file).tablePrefix("other_").into(target.pool());
        assertThat(other.apply(NOBODY).rows()).isEqualTo(1);
        JdbcApiKeyStore store =
                JdbcApiKeyStore.builder(target.pool()).tablePrefix("other_").build();
        assertThat(store.find(LegacyFile.id(0))).isNotNull();
    }

    @Test
    void aSkippedRowThatIsRepairedIsImportedThroughAView() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with(LegacyColumn.NAME, "").add();
        file.row("ak_2").add();
        into(file).apply(NOBODY);
        file.run("UPDATE api_keys SET name = 'repaired' WHERE id = 'ak_1';"
                + " CREATE VIEW repaired AS SELECT * FROM api_keys WHERE id = 'ak_1'");
        from(file).table("repaired").into(target.pool()).apply(NOBODY);
        assertThat(target.ids()).containsExactly("ak_1", "ak_2");
    }

    @Test
    void whatTheHostThrowsEndsTheRunAndWhatIsWrittenStays() {
        LegacyFile file = filled(12);
        LegacyImport legacy = into(file);
        List<ImportReport> told = new ArrayList<>();
        assertThatIllegalStateException()
                .isThrownBy(() -> legacy.apply(report -> {
                    told.add(report);
                    if (told.size() == 6) {
                        throw new IllegalStateException("enough");
                    }
                }))
                .withMessage("enough");
        assertThat(target.ids()).hasSize(10);
        assertThat(legacy.apply(NOBODY).rows()).isEqualTo(2);
        assertThat(target.ids()).hasSize(12);
    }

    @Test
    void ofTwoAtOnceOneMakesProgressAndNoDeletedKeyIsRestored() {
        LegacyFile file = filled(12);
        LegacyImport legacy = into(file);
        AtomicBoolean first = new AtomicBoolean(true);
        assertThatIllegalStateException()
                .isThrownBy(() -> legacy.apply(report -> {
                    if (first.getAndSet(false)) {
                        legacy.apply(NOBODY);
                        target.delete(LegacyFile.id(7));
                    }
                }))
                .withMessageContaining("\"api_keys\" is being imported elsewhere");
        assertThat(target.ids()).hasSize(11).doesNotContain(LegacyFile.id(7));
        assertThat(legacy.apply(NOBODY).rows()).isZero();
    }

    @Test
    void manyRowsAreReadAndWrittenPageByPage() {
        int rows = 2_600;
        int page = 500;
        LegacyFile file = filled(rows);
        List<String> queries = new ArrayList<>();
        List<String> writes = new ArrayList<>();
        HikariDataSource pool = target.pool();
        LegacyImport legacy = LegacyImport.from(Tripwire.none(queries::add).over(file.source()))
                .into(Tripwire.none(writes::add).over(pool));
        List<String> ids = new ArrayList<>();
        Summary summary = legacy.apply(report -> ids.add(((RowReport) report).id()));
        assertThat(summary.outcomes()).isEqualTo(Map.of(Outcome.IMPORTED, (long) rows));
        assertThat(ids).hasSize(rows).isSorted().doesNotHaveDuplicates();
        assertThat(queries)
                .filteredOn(query -> query.endsWith("ORDER BY \"id\" LIMIT " + page))
                .hasSize(rows / page + 2);
        assertThat(queries).hasSizeLessThan(rows / page + 10);
        assertThat(writes).hasSizeLessThan(3 * rows / page + 20);
    }

    @Test
    void onlyTheFirstImportNeedsTheRightToCreateATable() throws SQLException {
        try (TargetStore postgresql = TargetStore.in(Product.POSTGRESQL);
                Connection connection =
                        DriverManager.getConnection(postgresql.database().url());
                Statement statement = connection.createStatement()) {
            LegacyFile file = filled(1);
            from(file).into(postgresql.pool()).dryRun(NOBODY);
            from(file).into(postgresql.pool()).apply(NOBODY);
            statement.execute("CREATE ROLE clerk");
            statement.execute("GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO clerk");
            statement.execute("SET ROLE clerk");
            assertThatThrownBy(() -> statement.execute("CREATE TABLE IF NOT EXISTS apikeys_import (source TEXT)"))
                    .isInstanceOf(SQLException.class);
            file.row("ak_9").add();
            from(file).into(SourceOf.always(connection)).apply(NOBODY);
            assertThat(postgresql.ids()).containsExactly(LegacyFile.id(0), "ak_9");
            statement.execute("RESET ROLE");
            statement.execute("DROP OWNED BY clerk");
            statement.execute("DROP ROLE clerk");
        }
    }

    @Test
    void whatExceedsARoleDependsOnTheRolesGiven() {
        LegacyFile file = LegacyFile.ofTheIncident(directory);
        Roles roles = Roles.none().with("admin", "read").with("read_only", "read");
        Map<Kind, Long> remarks =
                from(file).roles(roles).into(target.pool()).dryRun(NOBODY).remarks();
        assertThat(remarks).containsEntry(Kind.PERMISSIONS_BEYOND_ROLE, 3L).containsEntry(Kind.ROLE_UNKNOWN, 4L);
    }

    @Test
    void anEmptyTableIsImportedToo() {
        LegacyFile file = LegacyFile.lenient(directory);
        assertThat(into(file).apply(NOBODY)).isEqualTo(new Summary(0, Map.of(), Map.of(), 0, 0, List.of()));
        assertThat(target.journal()).isEmpty();
    }

    @Test
    void aTargetWithoutTablesIsAClearError() {
        target.database().run("DROP TABLE apikeys_schema");
        assertThatThrownBy(() -> into(filled(1)))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("JdbcSchema.create");
    }

    private interface Run {
        Summary with(Consumer<ImportReport> reports);
    }

    private static Map<String, Outcome> outcomes(Run run) {
        Map<String, Outcome> outcomes = new TreeMap<>();
        run.with(report -> outcomes.put(((RowReport) report).id(), ((RowReport) report).outcome()));
        return outcomes;
    }
}
