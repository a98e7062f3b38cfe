package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.Roles;
import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.jdbc.legacy.Finding;
import dev.apikeys.jdbc.legacy.Finding.Kind;
import dev.apikeys.jdbc.legacy.LegacyColumn;
import dev.apikeys.jdbc.legacy.LegacyImport;
import dev.apikeys.jdbc.legacy.RowReport;
import dev.apikeys.jdbc.legacy.RowReport.Outcome;
import dev.apikeys.jdbc.legacy.Summary;
import dev.apikeys.spi.Change;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LegacyImportTest {

    private static final Instant NOW = Instant.parse("2026-11-23T09:00:00Z");
    private static final Consumer<RowReport> NOBODY = report -> {};

    @TempDir
    Path directory;

    private final TestDatabase database = TestDatabase.of(Product.H2);
    private JdbcApiKeyStore store;

    @BeforeEach
    void createTables() {
        HikariDataSource pool = database.pool();
        JdbcSchema.create(pool);
        store = JdbcApiKeyStore.create(pool);
    }

    @AfterEach
    void close() {
        database.close();
    }

    private LegacyImport.Builder from(LegacyFile file) {
        return LegacyImport.from(file.source()).clock(InstantSource.fixed(NOW));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "null", textBlock = """
                    # column     | value                         | findings
                    permissions  | null                          | PERMISSIONS_REPAIRED [NULL]
                    permissions  | ' '                           | PERMISSIONS_REPAIRED [BLANK]
                    permissions  | read                          | PERMISSIONS_REPAIRED [BARE_NAME, UNTERMINATED]
                    permissions  | {read}                        | PERMISSIONS_REPAIRED [BRACES]
                    permissions  | [1]                           | PERMISSIONS_QUARANTINED [NOT_A_LIST]
                    permissions  | ["read"                       | PERMISSIONS_QUARANTINED [TRUNCATED]
                    permissions  | ["read","admin","download"]   | PERMISSIONS_BEYOND_ROLE [admin, download]
                    permissions  | Admin,READ                    | PERMISSIONS_REPAIRED [COMMA_LIST, UNTERMINATED, UPPER_CASE], PERMISSIONS_BEYOND_ROLE [admin]
                    role         | ops                           | ROLE_UNKNOWN [ops]
                    role         | ''                            | ROLE_UNKNOWN []
                    role         | null                          | ROLE_MISSING
                    status       | disabled                      | DISABLED
                    status       | revoked                       | REVOKED
                    status       | frozen                        | STATUS_UNKNOWN [frozen]
                    status       | Active                        | STATUS_UNKNOWN [Active]
                    status       | ''                            | STATUS_UNKNOWN []
                    status       | null                          | STATUS_UNKNOWN []
                    usage_count  | null                          | USAGE_UNREADABLE
                    usage_count  | -1                            | USAGE_UNREADABLE
                    usage_count  | many                          | USAGE_UNREADABLE
                    usage_count  | 1.5                           | USAGE_UNREADABLE
                    usage_count  | 9223372036854775808           | USAGE_UNREADABLE
                    name         | ' a name with outer blanks '  |
                    """)
    void aRowIsImportedWithItsFindings(String column, String value, String findings) {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with(column, value).add();
        List<RowReport> reports = new ArrayList<>();
        from(file).into(store).apply(reports::add);
        assertThat(reports).singleElement().satisfies(report -> {
            assertThat(report.id()).isEqualTo("ak_1");
            assertThat(report.outcome()).isEqualTo(Outcome.IMPORTED);
            assertThat(shown(report.findings())).isEqualTo(findings == null ? "" : findings);
        });
        KeyRow row = store.find("ak_1");
        assertThat(row).isNotNull();
        if (column.equals("permissions")) {
            assertThat(row.permissions()).as("damage and evidence stay").isEqualTo(value);
        }
        if (column.equals("role")) {
            assertThat(row.role()).isEqualTo(value);
        }
        boolean active = row.status(NOW.toEpochMilli()) == KeyRow.Status.ACTIVE;
        assertThat(active).isEqualTo(!column.equals("status"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "null", textBlock = """
                    # column     | value                                | finding
                    id           | sk_1                                 | ID_UNUSABLE
                    id           | AK_1                                 | ID_UNUSABLE
                    id           | ak_A                                 | ID_UNUSABLE
                    id           | ak_                                  | ID_UNUSABLE
                    id           | 'ak_1 '                              | ID_UNUSABLE
                    id           | ''                                   | ID_UNUSABLE
                    key_hash     | null                                 | HASH_UNUSABLE
                    key_hash     | ''                                   | HASH_UNUSABLE
                    key_hash     | sk_in_clear                          | HASH_UNUSABLE
                    name         | null                                 | NAME_UNUSABLE
                    name         | '  '                                 | NAME_UNUSABLE
                    created_at   | null                                 | TIME_UNREADABLE [CREATED_AT]
                    created_at   | ''                                   | TIME_UNREADABLE [CREATED_AT]
                    created_at   | 2025-09-02T10:00:00                  | TIME_UNREADABLE [CREATED_AT]
                    created_at   | 2025-09-02                           | TIME_UNREADABLE [CREATED_AT]
                    created_at   | 2025-02-30T10:00:00Z                 | TIME_UNREADABLE [CREATED_AT]
                    created_at   | 2025-09-02T10:00:00.1234567891Z      | TIME_UNREADABLE [CREATED_AT]
                    created_at   | 2025-09-02T10:00:00+19:00            | TIME_UNREADABLE [CREATED_AT]
                    created_at   | 0000-09-02T10:00:00Z                 | TIME_UNREADABLE [CREATED_AT]
                    created_at   | 9999-09-02T10:00:00Z                 | TIME_UNREADABLE [CREATED_AT]
                    created_at   | +99999-09-02T10:00:00Z               | TIME_UNREADABLE [CREATED_AT]
                    updated_at   | 1757861895                           | TIME_UNREADABLE [UPDATED_AT]
                    """)
    void aRowIsSkippedAndTheReportSaysWhy(String column, String value, String finding) {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with(column, value).add();
        file.row("ak_2").add();
        assertSkipped(file, finding);
    }

    @Test
    void aRowIsSkippedThatNoDatabaseKeeps() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with("permissions", "[" + " ".repeat(16_384)).add();
        file.row("ak_2").add();
        assertSkipped(file, "PERMISSIONS_QUARANTINED [TOO_LONG], TEXT_UNUSABLE [PERMISSIONS]");
    }

    @Test
    void aRowIsSkippedWhoseRoleIsTooLong() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with("role", "r".repeat(65)).add();
        file.row("ak_2").add();
        assertSkipped(file, "ROLE_UNKNOWN [" + "r".repeat(40) + "...], TEXT_UNUSABLE [ROLE]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"two\nlines", "\u0007", "\u0085"})
    void aRowIsSkippedWhoseNameHoldsControlCharacters(String name) {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with("name", name).add();
        file.row("ak_2").add();
        assertSkipped(file, "NAME_UNUSABLE");
    }

    @Test
    void aRowIsSkippedWhoseNameIsTooLong() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with("name", "🔑".repeat(201)).add();
        file.row("ak_2").with("name", "🔑".repeat(200)).add();
        assertSkipped(file, "NAME_UNUSABLE");
    }

    private void assertSkipped(LegacyFile file, String findings) {
        List<RowReport> reports = new ArrayList<>();
        Summary summary = from(file).into(store).apply(reports::add);
        assertThat(reports)
                .filteredOn(report -> report.outcome() == Outcome.SKIPPED)
                .singleElement()
                .satisfies(report -> assertThat(shown(report.findings())).isEqualTo(findings));
        assertThat(summary.outcomes()).isEqualTo(Map.of(Outcome.IMPORTED, 1L, Outcome.SKIPPED, 1L));
        assertThat(ids()).containsExactly("ak_2");
    }

    @Test
    void nothingOfAHashThatIsNoneIsTold() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with("key_hash", "sk_in_clear").add();
        List<RowReport> reports = new ArrayList<>();
        from(file).into(store).dryRun(reports::add);
        assertThat(reports.toString()).doesNotContain("sk_");
    }

    @Test
    void anIdThatCouldForgeALineIsEscaped() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("x\nak_1 IMPORTED" + "x".repeat(40)).add();
        List<RowReport> reports = new ArrayList<>();
        from(file).into(store).dryRun(reports::add);
        assertThat(reports)
                .singleElement()
                .satisfies(
                        report -> assertThat(report.id()).isEqualTo("x\\u000aak_1 IMPORTED" + "x".repeat(25) + "..."));
    }

    @ParameterizedTest
    @CsvSource({
        "2025-09-14T22:58:15.1600427+08:00, 2025-09-14T14:58:15.160Z",
        "2025-09-14T22:58:15.999999999-03:30, 2025-09-15T02:28:15.999Z",
        "2025-09-14T22:58:15Z, 2025-09-14T22:58:15Z",
        "2025-09-14 22:58:15.16+08, 2025-09-14T14:58:15.160Z",
        "0001-01-01T00:00:00Z, 0001-01-01T00:00:00Z",
        "9998-12-31T23:59:59.999Z, 9998-12-31T23:59:59.999Z"
    })
    void timesAreCutToMilliseconds(String text, Instant expected) {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with("created_at", text).add();
        from(file).into(store).apply(NOBODY);
        assertThat(Instant.ofEpochMilli(store.find("ak_1").createdAt())).isEqualTo(expected);
    }

    @Test
    void aDescriptionIsCutAndCleaned() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with("description", "two\nlines").add();
        file.row("ak_2").with("description", "🔑".repeat(2_001)).add();
        file.row("ak_3").with("description", "🔑".repeat(2_000)).add();
        Summary summary = from(file).into(store).apply(NOBODY);
        assertThat(summary.findings()).isEqualTo(Map.of(Kind.DESCRIPTION_CLEANED, 2L));
        assertThat(store.find("ak_1").description()).isEqualTo("two lines");
        assertThat(store.find("ak_2").description()).isEqualTo("🔑".repeat(2_000));
        assertThat(store.find("ak_3").description()).isEqualTo("🔑".repeat(2_000));
    }

    @Test
    void aKeyThatIsRevokedLaterThanNowIsRevokedNow() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1")
                .with("status", "revoked")
                .with("updated_at", "2030-01-01T00:00:00Z")
                .add();
        from(file).into(store).apply(NOBODY);
        assertThat(store.find("ak_1").status(NOW.toEpochMilli())).isEqualTo(KeyRow.Status.REVOKED);
    }

    @Test
    void anUnknownStatusIsDisabledFromNowOn() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with("status", "frozen").add();
        from(file).into(store).apply(NOBODY);
        assertThat(store.find("ak_1").disabledAt()).isEqualTo(NOW.toEpochMilli());
    }

    @Test
    void upperCaseHexIsLowered() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with("key_hash", "AB".repeat(32)).add();
        from(file).into(store).apply(NOBODY);
        assertThat(store.findByLookup("ab".repeat(32)).hash()).isEqualTo("sha256$$" + "ab".repeat(32));
    }

    @Test
    void rowsThatShareAHashAreAllSkipped() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with("key_hash", "AB".repeat(32)).add();
        file.row("ak_2")
                .with("key_hash", "ab".repeat(32))
                .with("status", "revoked")
                .add();
        file.row("ak_3").add();
        file.row("ak_4").with("key_hash", "").add();
        file.row("ak_5").with("key_hash", "").add();
        Summary summary = from(file).into(store).apply(NOBODY);
        assertThat(summary.findings()).containsEntry(Kind.HASH_SHARED, 2L).containsEntry(Kind.HASH_UNUSABLE, 2L);
        assertThat(ids()).containsExactly("ak_3");
    }

    @Test
    void anIdThatStandsTwiceEndsTheImportBeforeItBegins() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").add();
        file.row("ak_2").add();
        file.row("ak_2").with("name", "another").add();
        assertThatThrownBy(() -> from(file).into(store).apply(NOBODY))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("1 rows of api_keys have an id that another row has")
                .hasMessageContaining("view");
        assertThat(ids()).isEmpty();
    }

    @Test
    void rowsWithoutIdAreCounted() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row(null).add();
        file.row(null).add();
        file.row("ak_1").add();
        Summary summary = from(file).into(store).apply(NOBODY);
        assertThat(summary.withoutId()).isEqualTo(2);
        assertThat(summary.rows()).isEqualTo(1);
    }

    @Test
    void whatIsThereAlreadyIsLeftAlone() {
        LegacyFile file = LegacyFile.lenient(directory);
        for (int i = 1; i <= 5; i++) {
            file.row("ak_" + i).add();
        }
        KeyRow sameId = Rows.key("ak_2");
        KeyRow sameHash = withLookup("ak_9", LegacyFile.hash("secret of ak_4"));
        store.write(List.of(new Change.Insert(sameId), new Change.Insert(sameHash)));
        LegacyImport legacy = from(file).into(store);
        Map<String, Outcome> foreseen = outcomes(legacy::dryRun);
        assertThat(outcomes(legacy::apply))
                .isEqualTo(foreseen)
                .isEqualTo(Map.of(
                        "ak_1", Outcome.IMPORTED,
                        "ak_2", Outcome.ALREADY_THERE,
                        "ak_3", Outcome.IMPORTED,
                        "ak_4", Outcome.ALREADY_THERE,
                        "ak_5", Outcome.IMPORTED));
        assertThat(store.find("ak_2")).isEqualTo(sameId);
        assertThat(store.find("ak_9")).isEqualTo(sameHash);
        assertThat(ids()).containsExactly("ak_1", "ak_2", "ak_3", "ak_5", "ak_9");
    }

    private static KeyRow withLookup(String id, String lookup) {
        return new KeyRow(
                id, lookup, "h", "n", null, null, null, null, null, 1, 1, null, null, null, null, null, null, null, 0,
                1);
    }

    @Test
    void aLaterRunBringsNoDeletedKeyBackAndTakesWhatIsNew() {
        LegacyFile file = LegacyFile.fixture(directory);
        LegacyImport legacy = from(file).into(store);
        legacy.apply(NOBODY);
        String deleted = "ak_1757861895160042708";
        store.delete(deleted);
        store.delete("ak_1757861895160042709");
        file.row("ak_1857861895160042700").add();
        Map<String, Outcome> foreseen = outcomes(legacy::dryRun);
        assertThat(foreseen).isEqualTo(Map.of("ak_1857861895160042700", Outcome.IMPORTED));
        Summary summary = legacy.apply(NOBODY);
        assertThat(summary.before()).isEqualTo(10);
        assertThat(summary.rows()).isEqualTo(1);
        assertThat(store.find(deleted)).isNull();
        assertThat(ids()).hasSize(9);
        assertThat(legacy.apply(NOBODY).rows()).isZero();
    }

    @Test
    void twoSourcesHaveMarksOfTheirOwn() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_5").add();
        from(file).into(store).apply(NOBODY);
        file.run("DELETE FROM api_keys");
        file.row("ak_1").add();
        assertThat(from(file).into(store).apply(NOBODY).rows()).isZero();
        assertThat(from(file)
                        .source("the other region")
                        .into(store)
                        .apply(NOBODY)
                        .rows())
                .isEqualTo(1);
    }

    @Test
    void aSkippedRowThatIsMendedComesThroughAView() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with("name", "").add();
        file.row("ak_2").add();
        from(file).into(store).apply(NOBODY);
        file.run("UPDATE api_keys SET name = 'mended' WHERE id = 'ak_1';"
                + " CREATE VIEW mended AS SELECT * FROM api_keys WHERE id = 'ak_1'");
        from(file).table("mended").into(store).apply(NOBODY);
        assertThat(ids()).containsExactly("ak_1", "ak_2");
    }

    @Test
    void whatTheHostThrowsEndsTheRunAndWhatIsWrittenStays() {
        LegacyFile file = filled(1_200);
        LegacyImport legacy = from(file).into(store);
        List<String> told = new ArrayList<>();
        assertThatIllegalStateException()
                .isThrownBy(() -> legacy.apply(report -> {
                    told.add(report.id());
                    if (told.size() == 600) {
                        throw new IllegalStateException("enough");
                    }
                }))
                .withMessage("enough");
        assertThat(ids()).hasSize(1_000);
        assertThat(legacy.apply(NOBODY).rows()).isEqualTo(200);
        assertThat(ids()).hasSize(1_200);
    }

    @Test
    void ofTwoAtOnceOneGetsOnAndNoDeletedKeyComesBack() {
        LegacyFile file = filled(1_200);
        LegacyImport legacy = from(file).into(store);
        AtomicBoolean first = new AtomicBoolean(true);
        assertThatIllegalStateException()
                .isThrownBy(() -> legacy.apply(report -> {
                    if (first.getAndSet(false)) {
                        legacy.apply(NOBODY);
                        store.delete(Rows.id(700));
                    }
                }))
                .withMessageContaining("Somebody else imports \"api_keys\"");
        assertThat(ids()).hasSize(1_199).doesNotContain(Rows.id(700));
        assertThat(legacy.apply(NOBODY).rows()).isZero();
    }

    @Test
    void noConnectionIsHeldWhileTheHostIsTold() throws SQLException {
        HikariConfig one = database.configuration(1);
        one.setConnectionTimeout(1_000);
        HikariDataSource pool = database.pool(one);
        legacyTableIn(database, 600);
        LegacyImport legacy = LegacyImport.from(pool).into(JdbcApiKeyStore.create(pool));
        Consumer<RowReport> borrows = report -> {
            try (Connection connection = pool.getConnection()) {
                assertThat(connection.isReadOnly()).isFalse();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        };
        assertThat(legacy.dryRun(borrows).rows()).isEqualTo(600);
        assertThat(legacy.apply(borrows).rows()).isEqualTo(600);
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            assertThat(statement.getQueryTimeout()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void theLegacyTableMayStandInAnyDatabaseAlsoThatOfTheStore(Product product) {
        try (TestDatabase legacyDatabase = TestDatabase.of(product)) {
            HikariConfig configuration = legacyDatabase.configuration(1);
            configuration.setAutoCommit(false);
            HikariDataSource pool = legacyDatabase.pool(configuration);
            JdbcSchema.create(pool);
            JdbcApiKeyStore target = JdbcApiKeyStore.create(pool);
            legacyTableIn(legacyDatabase, 1_001);
            LegacyImport legacy = LegacyImport.from(pool).into(target);
            assertThat(legacy.dryRun(NOBODY).outcomes()).isEqualTo(Map.of(Outcome.IMPORTED, 1_001L));
            assertThat(legacy.apply(NOBODY).outcomes()).isEqualTo(Map.of(Outcome.IMPORTED, 1_001L));
            Summary again = legacy.apply(NOBODY);
            assertThat(again.before()).isEqualTo(1_001);
            assertThat(again.rows()).isZero();
            assertThatThrownBy(() -> LegacyImport.from(pool)
                            .column(LegacyColumn.STATUS, "state")
                            .into(target)
                            .dryRun(NOBODY))
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("column state");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Product.class,
            names = {"POSTGRESQL", "MARIADB", "H2"})
    void aTransactionOfTheCallerIsRefusedAndStaysWhole(Product product) throws SQLException {
        try (TestDatabase legacyDatabase = TestDatabase.of(product);
                Connection connection = DriverManager.getConnection(legacyDatabase.url());
                Statement statement = connection.createStatement()) {
            legacyTableIn(legacyDatabase, 1);
            statement.execute("CREATE TABLE host (id INTEGER PRIMARY KEY)");
            connection.setAutoCommit(false);
            int networkTimeout = connection.getNetworkTimeout();
            LegacyImport legacy = LegacyImport.from(SourceOf.always(connection)).into(store);
            statement.execute("INSERT INTO host (id) VALUES (1)");

            List<Consumer<Consumer<RowReport>>> calls = List.of(legacy::dryRun, legacy::apply);
            for (Consumer<Consumer<RowReport>> call : calls) {
                assertThatThrownBy(() -> call.accept(NOBODY))
                        .isInstanceOf(StorageException.class)
                        .hasMessageContaining("the data source gave a connection with a transaction under way")
                        .hasMessageContaining("give the import the pool itself");
            }

            assertThat(connection.isReadOnly()).isFalse();
            assertThat(connection.getNetworkTimeout()).isEqualTo(networkTimeout);
            assertThat(statement.getQueryTimeout()).isZero();
            connection.commit();
            try (ResultSet count = statement.executeQuery("SELECT count(*) FROM host")) {
                count.next();
                assertThat(count.getInt(1)).isEqualTo(1);
            }
            connection.rollback();
            assertThat(legacy.dryRun(NOBODY).rows()).isEqualTo(1);
        }
    }

    @Test
    void aConnectionThatCannotBeAskedGoesBackAsItCame() throws SQLException {
        try (TestDatabase legacyDatabase = TestDatabase.of(Product.POSTGRESQL);
                Connection connection = DriverManager.getConnection(legacyDatabase.url());
                Statement statement = connection.createStatement()) {
            legacyTableIn(legacyDatabase, 1);
            connection.setAutoCommit(false);
            connection.setNetworkTimeout(Runnable::run, 1_234_000);
            assertThatThrownBy(() -> statement.execute("SELECT nonsense")).isInstanceOf(SQLException.class);
            LegacyImport legacy = LegacyImport.from(SourceOf.always(connection)).into(store);

            assertThatThrownBy(() -> legacy.dryRun(NOBODY))
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("25P02")
                    .hasMessageContaining("give the import the pool itself")
                    .hasMessageNotContaining("table(...)");

            assertThat(connection.getNetworkTimeout()).isEqualTo(1_234_000);
            assertThat(connection.isReadOnly()).isFalse();
            connection.rollback();
            assertThat(legacy.dryRun(NOBODY).rows()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"POSTGRESQL, true", "POSTGRESQL, false", "MARIADB, true", "MARIADB, false"})
    void theLegacyTableIsReadOnAConnectionThatMayNotWrite(Product product, boolean autoCommit) throws SQLException {
        try (TestDatabase legacyDatabase = TestDatabase.of(product);
                Connection connection = DriverManager.getConnection(legacyDatabase.url())) {
            legacyTableIn(legacyDatabase, 1);
            connection.setAutoCommit(autoCommit);
            List<Boolean> readOnly = new ArrayList<>();
            Connection watched = SourceOf.changed(connection, (method, arguments) -> {
                if (method.equals("prepareStatement") && ((String) arguments[0]).contains("FROM api_keys")) {
                    readOnly.add(connection.isReadOnly());
                }
                return method.equals("close") ? Void.TYPE : null;
            });

            LegacyImport.from(new SourceOf(() -> watched)).into(store).dryRun(NOBODY);

            assertThat(readOnly).isNotEmpty().containsOnly(true);
            assertThat(connection.isReadOnly()).isFalse();
        }
    }

    @Test
    void anErrorGivesTheConnectionBack() {
        HikariDataSource pool = database.pool(database.configuration(1));
        Error planted = new NoClassDefFoundError("planted");
        LegacyImport legacy = LegacyImport.from(new SourceOf(
                        () -> SourceOf.changed(pool.getConnection(), (method, arguments) -> {
                            if (method.equals("isReadOnly")) {
                                throw planted;
                            }
                            return null;
                        })))
                .into(store);

        assertThatThrownBy(() -> legacy.dryRun(NOBODY)).isSameAs(planted);

        assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
    }

    /** Rows without anything to be found, of ids and hashes of their own. */
    private static void legacyTableIn(TestDatabase database, int rows) {
        List<String> script = new ArrayList<>();
        script.add("CREATE TABLE api_keys (id VARCHAR(64) PRIMARY KEY, name VARCHAR(200), description VARCHAR(200),"
                + " role VARCHAR(64), permissions VARCHAR(2000), key_hash VARCHAR(64), status VARCHAR(20),"
                + " usage_count BIGINT, created_at VARCHAR(40), updated_at VARCHAR(40))");
        for (int from = 0; from < rows; from += 500) {
            StringBuilder insert = new StringBuilder("INSERT INTO api_keys VALUES ");
            for (int i = from; i < Math.min(rows, from + 500); i++) {
                insert.append(i == from ? "" : ", ")
                        .append("('")
                        .append(Rows.id(i))
                        .append("', 'name', NULL, 'read_only', '[\"read\"]', '")
                        .append(LegacyFile.hash("secret of " + i))
                        .append("', 'active', 1, '2025-09-02T10:00:00Z', '2025-09-02T10:00:00Z')");
            }
            script.add(insert.toString());
        }
        database.run(script.toArray(String[]::new));
    }

    private LegacyFile filled(int rows) {
        LegacyFile file = LegacyFile.lenient(directory);
        file.fill(rows);
        return file;
    }

    @Test
    void aFileThatMayNotBeWrittenToIsRead() {
        LegacyFile file = LegacyFile.fixture(directory);
        Summary summary = LegacyImport.from(file.readOnly()).into(store).apply(NOBODY);
        assertThat(summary.rows()).isEqualTo(10);
    }

    @Test
    void tableAndColumnsMayBeCalledOtherwise() {
        LegacyFile file = LegacyFile.fixture(directory);
        LegacyImport.Builder builder = from(file).table("Old_Keys");
        StringBuilder script = new StringBuilder("ALTER TABLE api_keys RENAME TO old_keys;");
        for (LegacyColumn column : LegacyColumn.values()) {
            String name = column.name().toLowerCase(java.util.Locale.ROOT);
            script.append("ALTER TABLE old_keys RENAME COLUMN ")
                    .append(name)
                    .append(" TO the_")
                    .append(name)
                    .append(';');
            builder.column(column, "the_" + name);
        }
        file.run(script.toString());
        assertThat(builder.into(store).apply(NOBODY).outcomes()).isEqualTo(Map.of(Outcome.IMPORTED, 10L));
        assertThat(store.importMark("Old_Keys")).contains("ak_1757861895160042709");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "1a",
                "a b",
                "a;--",
                "a\"b",
                "`a`",
                "[a]",
                "a.b",
                "a'",
                "ä",
                "a\n",
                "a/**/",
                "(SELECT 1)"
            })
    void aNameThatIsNoIdentifierIsRefused(String name) {
        LegacyImport.Builder builder =
                LegacyImport.from(LegacyFile.fixture(directory).source());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.table(name))
                .withMessageContaining("table must match [A-Za-z_][A-Za-z0-9_]{0,62}");
        for (LegacyColumn column : LegacyColumn.values()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> builder.column(column, name))
                    .withMessageContaining(column.name());
        }
    }

    @Test
    void namesHaveABound() {
        LegacyImport.Builder builder =
                LegacyImport.from(LegacyFile.fixture(directory).source());
        builder.table("a".repeat(63)).source("s".repeat(200));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.table("a".repeat(64)));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.source("s".repeat(201)));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.source(""));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.source("ä"));
    }

    @Test
    void aTableThatIsNotThereIsNamed() {
        LegacyFile file = LegacyFile.fixture(directory);
        assertThatThrownBy(() -> from(file).table("apikeys").into(store).apply(NOBODY))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("Could not read the table apikeys: set its name with table(...)")
                .hasCauseInstanceOf(SQLException.class);
    }

    @ParameterizedTest
    @EnumSource(LegacyColumn.class)
    void aColumnThatIsNotThereIsNamed(LegacyColumn column) {
        LegacyFile file = LegacyFile.fixture(directory);
        assertThatThrownBy(
                        () -> from(file).column(column, "elsewhere").into(store).dryRun(NOBODY))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("Could not read the column elsewhere of api_keys")
                .hasMessageContaining("column(" + column + ", ...)");
    }

    @Test
    void aClosedPoolIsAClearError() {
        HikariDataSource closed = database.pool();
        closed.close();
        assertThatThrownBy(() -> LegacyImport.from(closed).into(store).apply(NOBODY))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("the data source gave no connection")
                .hasCauseInstanceOf(SQLException.class);
    }

    @Test
    void whatIsBeyondARoleDependsOnTheRolesGiven() {
        LegacyFile file = LegacyFile.fixture(directory);
        Roles roles = Roles.none().with("admin", "read").with("read_only", "read");
        Map<Kind, Long> findings =
                from(file).roles(roles).into(store).dryRun(NOBODY).findings();
        assertThat(findings).containsEntry(Kind.PERMISSIONS_BEYOND_ROLE, 3L).containsEntry(Kind.ROLE_UNKNOWN, 4L);
    }

    @Test
    void anEmptyTableIsImportedToo() {
        LegacyFile file = LegacyFile.lenient(directory);
        assertThat(from(file).into(store).apply(NOBODY)).isEqualTo(new Summary(0, Map.of(), Map.of(), 0, 0));
        assertThat(store.importMark("api_keys")).isEmpty();
    }

    private interface Run {
        Summary with(Consumer<RowReport> reports);
    }

    private static Map<String, Outcome> outcomes(Run run) {
        Map<String, Outcome> outcomes = new TreeMap<>();
        run.with(report -> outcomes.put(report.id(), report.outcome()));
        return outcomes;
    }

    private static String shown(List<Finding> findings) {
        return String.join(", ", findings.stream().map(Finding::toString).toList());
    }

    private List<String> ids() {
        List<String> ids = new ArrayList<>();
        String after = null;
        do {
            JdbcApiKeyStore.Slice slice = store.list(KeyFilter.ALL, after, 1_000, 0);
            slice.rows().forEach(row -> ids.add(row.id()));
            after = slice.next();
        } while (after != null);
        return ids;
    }
}
