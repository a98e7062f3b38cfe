package dev.apikeys.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.importer.RowReport.Outcome;
import dev.apikeys.jdbc.JdbcSchema;
import dev.apikeys.jdbc.SourceOf;
import dev.apikeys.jdbc.TestDatabase;
import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import java.io.IOException;
import java.nio.file.Files;
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
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** How a legacy table is read: its columns, its database, and the connection that is borrowed for it. */
class LegacySourceTest {

    private static final Consumer<ImportReport> NOBODY = report -> {};

    @TempDir
    Path directory;

    private final TargetStore target = TargetStore.in(Product.H2);

    @AfterEach
    void close() {
        target.close();
    }

    @Test
    void tableAndColumnsMayBeCalledOtherwise() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with(LegacyColumn.OWNER, "team-a").add();
        LegacyImport.Builder builder = file.legacyImport().table("Old_Keys");
        StringBuilder script = new StringBuilder("ALTER TABLE api_keys RENAME TO old_keys;");
        for (LegacyColumn column : LegacyColumn.values()) {
            script.append("ALTER TABLE old_keys RENAME COLUMN ")
                    .append(column.defaultName())
                    .append(" TO the_")
                    .append(column.defaultName())
                    .append(';');
            builder.column(column, "THE_" + column.name());
        }
        file.run(script.toString());
        assertThat(builder.into(target.pool()).apply(NOBODY).outcomes()).isEqualTo(Map.of(Outcome.IMPORTED, 1L));
        assertThat(target.find("ak_1").owner()).isEqualTo("team-a");
        assertThat(Target.in(target.pool(), "apikeys_").marks().find("old_keys"))
                .contains("ak_1");
    }

    @Test
    void aTableThatIsNotThereIsNamed() {
        LegacyFile file = LegacyFile.ofTheIncident(directory);
        assertThatThrownBy(() ->
                        file.legacyImport().table("apikeys").into(target.pool()).apply(NOBODY))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("Could not read the table apikeys (SQLSTATE ")
                .hasMessageContaining("set its name with table(...)")
                .hasCauseInstanceOf(SQLException.class);
    }

    @ParameterizedTest
    @EnumSource(LegacyColumn.class)
    void aColumnThatIsNotThereIsNamedAndNotGuessed(LegacyColumn column) {
        LegacyFile file = LegacyFile.lenient(directory);
        file.run("ALTER TABLE api_keys RENAME COLUMN " + column.defaultName() + " TO elsewhere");
        assertThatThrownBy(() -> file.legacyImport().into(target.pool()).dryRun(NOBODY))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("Could not find in the table api_keys the columns " + column.defaultName())
                .hasMessageContaining("column(...)")
                .hasMessageContaining(
                        column.required()
                                ? "no key is without " + column + ": make a view that has it"
                                : "if its keys have no such field, call without(" + column + ")");
        assertThat(file.legacyImport()
                        .column(column, "elsewhere")
                        .into(target.pool())
                        .dryRun(NOBODY)
                        .unmapped())
                .isEmpty();
    }

    /** A view has what its author thought of: what an expiry or an owner was forgotten in must not pass for a whole key. */
    @Test
    void aViewWithoutAnExpiryIsRefusedUnlessDeclared() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1")
                .with(LegacyColumn.EXPIRES_AT, "2024-11-23T09:00:00Z")
                .with(LegacyColumn.OWNER, "team-a")
                .add();
        file.run("CREATE VIEW documented AS SELECT id, name, description, role, permissions, key_hash, status,"
                + " usage_count, created_at, updated_at FROM api_keys");
        assertThatThrownBy(() -> file.legacyImport()
                        .table("documented")
                        .into(target.pool())
                        .apply(NOBODY))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("the columns owner, revoked, expires_at, last_used_at, created_by:")
                .hasMessageContaining("call without(OWNER, REVOKED, EXPIRES_AT, LAST_USED_AT, CREATED_BY)");
        assertThat(target.ids()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = LegacyColumn.class,
            names = {"ID", "NAME", "KEY_HASH", "CREATED_AT"},
            mode = EnumSource.Mode.EXCLUDE)
    void aTableMayBeWithoutAColumn(LegacyColumn column) {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").add();
        KeyRow.Builder expected = row("ak_1");
        switch (column) {
            case ROLE -> expected.role(null);
            case PERMISSIONS -> expected.permissions(null);
            case UPDATED_AT -> expected.updatedAt(millis("2025-09-02T10:00:00Z"));
            default -> {}
        }
        file.run("ALTER TABLE api_keys DROP COLUMN " + column.defaultName());
        file.legacyImport().without(column).into(target.pool()).apply(NOBODY);
        assertThat(target.find("ak_1")).isEqualTo(expected.build());
    }

    private static KeyRow.Builder row(String id) {
        String hash = LegacyFile.hash("secret of " + id);
        return KeyRow.builder(id, "sha256$$" + hash, "name")
                .lookup(hash)
                .role("read_upload")
                .permissions("[\"read\"]")
                .createdAt(millis("2025-09-02T10:00:00Z"))
                .updatedAt(millis("2025-09-03T10:00:00Z"));
    }

    private static long millis(String time) {
        return Instant.parse(time).toEpochMilli();
    }

    @Test
    void eachColumnThatIsNotReadIsReportedOnceBeforeAllRows() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.fill(12);
        file.run("ALTER TABLE api_keys ADD COLUMN note; ALTER TABLE api_keys ADD COLUMN valid_until");
        LegacyImport legacy = file.legacyImport().pageSize(5).into(target.pool());
        List<UnmappedColumn> expected =
                List.of(new UnmappedColumn("valid_until", true), new UnmappedColumn("note", false));
        for (int run = 1; run <= 3; run++) {
            List<ImportReport> reports = new ArrayList<>();
            Summary summary = run == 1 ? legacy.dryRun(reports::add) : legacy.apply(reports::add);
            assertThat(summary.unmapped()).as("run %s", run).isEqualTo(expected);
            assertThat(reports.subList(0, 2)).isEqualTo(expected);
            assertThat(reports.subList(2, reports.size())).hasOnlyElementsOfType(RowReport.class);
        }
    }

    @Test
    void aColumnThatIsSaidToBeAbsentButIsThereIsReported() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.row("ak_1").with(LegacyColumn.EXPIRES_AT, "2024-11-23T09:00:00Z").add();
        LegacyImport legacy =
                file.legacyImport().without(LegacyColumn.EXPIRES_AT).into(target.pool());
        assertThat(legacy.dryRun(NOBODY).unmapped()).containsExactly(new UnmappedColumn("expires_at", true));
    }

    /** PostgreSQL and H2 tell columns by case: the name as it is written comes first, then the same in another case. */
    @ParameterizedTest
    @EnumSource(
            value = Product.class,
            names = {"POSTGRESQL", "H2"})
    void columnsThatDifferOnlyInCaseAreDistinguished(Product product) {
        try (TestDatabase legacyDatabase = TestDatabase.of(product)) {
            legacyTableIn(legacyDatabase, 1);
            legacyDatabase.run(
                    "ALTER TABLE api_keys ADD COLUMN \"userId\" VARCHAR(20)",
                    "ALTER TABLE api_keys ADD COLUMN \"USERID\" VARCHAR(20)",
                    "UPDATE api_keys SET \"userId\" = 'right', \"USERID\" = 'wrong'");
            Summary summary = LegacyImport.from(legacyDatabase.pool())
                    .column(LegacyColumn.OWNER, "userId")
                    .without(
                            LegacyColumn.REVOKED,
                            LegacyColumn.EXPIRES_AT,
                            LegacyColumn.LAST_USED_AT,
                            LegacyColumn.CREATED_BY)
                    .into(target.pool())
                    .apply(NOBODY);
            assertThat(target.find(LegacyFile.id(0)).owner()).isEqualTo("right");
            assertThat(summary.unmapped()).containsExactly(new UnmappedColumn("USERID", true));
        }
    }

    /** On MariaDB and H2, {@code SELECT *} leaves out invisible columns. */
    @ParameterizedTest
    @EnumSource(
            value = Product.class,
            names = {"MARIADB", "H2"})
    void anInvisibleColumnIsReadOrReported(Product product) {
        try (TestDatabase legacyDatabase = TestDatabase.of(product)) {
            legacyTableIn(legacyDatabase, 1);
            legacyDatabase.run(
                    "CREATE VIEW visible AS SELECT * FROM api_keys",
                    "CREATE TABLE apixkeys AS SELECT * FROM api_keys",
                    "ALTER TABLE apixkeys ADD COLUMN of_another VARCHAR(20)",
                    "ALTER TABLE api_keys ADD COLUMN ip_allowlist VARCHAR(20) INVISIBLE",
                    "ALTER TABLE api_keys ADD COLUMN owner VARCHAR(20) INVISIBLE",
                    "UPDATE api_keys SET owner = 'team-a'");
            Summary summary = LegacyImport.from(legacyDatabase.pool())
                    .without(
                            LegacyColumn.REVOKED,
                            LegacyColumn.EXPIRES_AT,
                            LegacyColumn.LAST_USED_AT,
                            LegacyColumn.CREATED_BY)
                    .into(target.pool())
                    .apply(NOBODY);
            assertThat(target.find(LegacyFile.id(0)).owner()).isEqualTo("team-a");
            assertThat(summary.unmapped()).singleElement().satisfies(column -> {
                assertThat(column.name()).isEqualToIgnoringCase("ip_allowlist");
                assertThat(column.likeRestriction()).isTrue();
            });
            LegacyImport ofTheView =
                    incident(legacyDatabase.pool()).table("visible").into(target.pool());
            assertThat(ofTheView.dryRun(NOBODY).unmapped())
                    .as("a view has what its author selected")
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Product.class,
            names = {"POSTGRESQL", "H2"})
    void theColumnsOfATableOfThatNameInAnotherSchemaAreNotReported(Product product) {
        try (TestDatabase legacyDatabase = TestDatabase.of(product)) {
            legacyTableIn(legacyDatabase, 1);
            legacyDatabase.run(
                    "CREATE SCHEMA elsewhere",
                    "CREATE TABLE elsewhere.api_keys AS SELECT * FROM api_keys",
                    "ALTER TABLE elsewhere.api_keys ADD COLUMN region VARCHAR(20)");
            LegacyImport legacy = incident(legacyDatabase.pool()).into(target.pool());
            assertThat(legacy.dryRun(NOBODY).unmapped()).isEmpty();
        }
    }

    /** Each as its driver shows it as text. */
    @ParameterizedTest
    @EnumSource(Product.class)
    void columnsMayBeOfTheTypesThatTheDatabaseHasForThem(Product product) {
        try (TestDatabase legacyDatabase = TestDatabase.of(product)) {
            boolean zoned = product == Product.POSTGRESQL || product == Product.H2;
            String time = zoned ? "TIMESTAMP WITH TIME ZONE" : "BIGINT";
            String value = zoned ? "'2025-09-14 22:58:15.160+08:00'" : "1757861895160";
            legacyDatabase.run(
                    "CREATE TABLE api_keys (id VARCHAR(64) PRIMARY KEY, name VARCHAR(200), user_id BIGINT,"
                            + " key_hash CHAR(64), revoked BOOLEAN, created_at " + time + ", expires_at " + time
                            + ", last_used_at BIGINT)",
                    insert("ak_1", "false", value),
                    insert("ak_2", "true", value));
            LegacyImport.from(legacyDatabase.pool())
                    .column(LegacyColumn.OWNER, "user_id")
                    .without(
                            LegacyColumn.DESCRIPTION,
                            LegacyColumn.ROLE,
                            LegacyColumn.PERMISSIONS,
                            LegacyColumn.STATUS,
                            LegacyColumn.USAGE_COUNT,
                            LegacyColumn.UPDATED_AT,
                            LegacyColumn.CREATED_BY)
                    .clock(InstantSource.fixed(Instant.parse("2026-11-23T09:00:00Z")))
                    .into(target.pool())
                    .apply(NOBODY);
            long at = 1_757_861_895_160L;
            KeyRow.Builder expected = row("ak_1")
                    .owner("42")
                    .role(null)
                    .permissions(null)
                    .createdAt(at)
                    .updatedAt(at)
                    .expiresAt(at)
                    .lastUsedAt(1_757_861_895_000L);
            assertThat(target.find("ak_1")).isEqualTo(expected.build());
            assertThat(target.find("ak_2").revokedAt()).isEqualTo(at);
        }
    }

    private static String insert(String id, String revoked, String time) {
        return "INSERT INTO api_keys VALUES ('" + id + "', 'name', 42, '" + LegacyFile.hash("secret of " + id) + "', "
                + revoked + ", " + time + ", " + time + ", 1757861895)";
    }

    @Test
    void theViewOfTheGuideIsImported() throws IOException {
        String guide = Files.readString(Path.of("../docs/import.md"));
        String view = guide.substring(guide.indexOf("```sql") + 6);
        try (TestDatabase legacyDatabase = TestDatabase.of(Product.POSTGRESQL)) {
            legacyDatabase.run(
                    "CREATE TABLE api_keys (id SERIAL PRIMARY KEY, name TEXT, token_hash TEXT, scopes TEXT[],"
                            + " is_active BOOLEAN, created_at TIMESTAMP, expires_at TIMESTAMP, ip_allowlist TEXT, note TEXT)",
                    "INSERT INTO api_keys VALUES (7, 'name', '" + LegacyFile.hash("secret of ak_7")
                            + "', '{read}', true," + " '2025-09-14 14:58:15.160', NULL)",
                    "INSERT INTO api_keys VALUES (8, 'name', '" + LegacyFile.hash("secret of ak_8")
                            + "', '{read}', false," + " '2025-09-14 14:58:15.160', '2026-09-14 14:58:15')",
                    view.substring(0, view.indexOf("```")));
            LegacyImport.from(legacyDatabase.pool())
                    .table("keys_to_import")
                    .without(
                            LegacyColumn.DESCRIPTION,
                            LegacyColumn.OWNER,
                            LegacyColumn.ROLE,
                            LegacyColumn.REVOKED,
                            LegacyColumn.USAGE_COUNT,
                            LegacyColumn.UPDATED_AT,
                            LegacyColumn.LAST_USED_AT,
                            LegacyColumn.CREATED_BY)
                    .into(target.pool())
                    .apply(NOBODY);
            long created = millis("2025-09-14T14:58:15.160Z");
            assertThat(target.find("ak_7"))
                    .isEqualTo(row("ak_7")
                            .role(null)
                            .permissions("{read}")
                            .createdAt(created)
                            .updatedAt(created)
                            .build());
            assertThat(target.find("ak_8").disabledAt()).isEqualTo(created);
            assertThat(target.find("ak_8").expiresAt()).isEqualTo(millis("2026-09-14T14:58:15Z"));
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void theLegacyTableMayBeInAnyDatabaseAlsoThatOfTheTarget(Product product) {
        try (TestDatabase legacyDatabase = TestDatabase.of(product)) {
            HikariConfig configuration = legacyDatabase.configuration(1);
            configuration.setAutoCommit(false);
            HikariDataSource pool = legacyDatabase.pool(configuration);
            JdbcSchema.create(pool);
            legacyTableIn(legacyDatabase, 21);
            LegacyImport legacy = incident(pool).pageSize(10).into(pool);
            assertThat(legacy.dryRun(NOBODY).outcomes()).isEqualTo(Map.of(Outcome.IMPORTED, 21L));
            assertThat(legacy.apply(NOBODY).outcomes()).isEqualTo(Map.of(Outcome.IMPORTED, 21L));
            Summary again = legacy.apply(NOBODY);
            assertThat(again.before()).isEqualTo(21);
            assertThat(again.rows()).isZero();
        }
    }

    @Test
    void noConnectionIsHeldWhileTheHostReceivesReports() throws SQLException {
        HikariConfig one = target.database().configuration(1);
        one.setConnectionTimeout(1_000);
        HikariDataSource pool = target.database().pool(one);
        legacyTableIn(target.database(), 12);
        LegacyImport legacy = incident(pool).pageSize(10).into(pool);
        Consumer<ImportReport> borrows = report -> {
            try (Connection connection = pool.getConnection()) {
                assertThat(connection.isReadOnly()).isFalse();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        };
        assertThat(legacy.dryRun(borrows).rows()).isEqualTo(12);
        assertThat(legacy.apply(borrows).rows()).isEqualTo(12);
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            assertThat(statement.getQueryTimeout()).isZero();
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
            LegacyImport legacy = incident(SourceOf.always(connection)).into(target.pool());
            statement.execute("INSERT INTO host (id) VALUES (1)");

            List<Consumer<Consumer<ImportReport>>> calls = List.of(legacy::dryRun, legacy::apply);
            for (Consumer<Consumer<ImportReport>> call : calls) {
                assertThatThrownBy(() -> call.accept(NOBODY))
                        .isInstanceOf(StorageException.class)
                        .hasMessageContaining("the data source gave a connection with a transaction in progress")
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
            LegacyImport legacy = incident(SourceOf.always(connection)).into(target.pool());

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

            incident(new SourceOf(() -> watched)).into(target.pool()).dryRun(NOBODY);

            assertThat(readOnly).isNotEmpty().containsOnly(true);
            assertThat(connection.isReadOnly()).isFalse();
        }
    }

    @Test
    void anErrorGivesTheConnectionBack() {
        HikariDataSource pool = target.database().pool(target.database().configuration(1));
        Error planted = new NoClassDefFoundError("planted");
        SourceOf failing = new SourceOf(() -> SourceOf.changed(pool.getConnection(), (method, arguments) -> {
            if (method.equals("isReadOnly")) {
                throw planted;
            }
            return null;
        }));
        LegacyImport legacy = incident(failing).into(target.pool());

        assertThatThrownBy(() -> legacy.dryRun(NOBODY)).isSameAs(planted);

        assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
    }

    @Test
    void aClosedPoolIsAClearError() {
        HikariDataSource closed = target.database().pool();
        closed.close();
        LegacyImport legacy = incident(closed).into(target.pool());
        assertThatThrownBy(() -> legacy.apply(NOBODY))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("the data source gave no connection")
                .hasCauseInstanceOf(SQLException.class);
    }

    @Test
    void aPoolThatThrowsOrGivesNullIsAClearError() {
        RuntimeException planted = new IllegalStateException("planted");
        LegacyImport throwing = incident(new SourceOf(() -> {
                    throw planted;
                }))
                .into(target.pool());
        assertThatThrownBy(() -> throwing.dryRun(NOBODY))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("the data source gave no connection")
                .hasCause(planted);
        LegacyImport giving = incident(new SourceOf(() -> null)).into(target.pool());
        assertThatThrownBy(() -> giving.dryRun(NOBODY))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("the data source gave null for a connection");
    }

    /** In SQLite every BLOB is greater than every text, so that the rows after a page are the same page again. */
    @Test
    void aTableWhoseIdsAreNotPassedEndsTheRun() {
        LegacyFile file = LegacyFile.lenient(directory);
        file.fill(12);
        file.run("UPDATE api_keys SET id = CAST(id AS BLOB)");
        LegacyImport legacy = file.legacyImport().pageSize(5).into(target.pool());
        assertThatThrownBy(() -> legacy.dryRun(NOBODY))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("make a view whose ids are text");
        assertThatThrownBy(() -> legacy.apply(NOBODY)).isInstanceOf(StorageException.class);
        assertThat(target.ids()).hasSize(5);
    }

    @Test
    void aFileThatMayNotBeWrittenToIsRead() {
        LegacyFile file = LegacyFile.ofTheIncident(directory);
        Summary summary = incident(file.readOnly()).into(target.pool()).apply(NOBODY);
        assertThat(summary.rows()).isEqualTo(10);
    }

    private static LegacyImport.Builder incident(DataSource source) {
        return LegacyImport.from(source).without(LegacyFile.NOT_IN_THE_INCIDENT);
    }

    /** The columns of the incident's table, with rows of which there is nothing to remark. */
    private static void legacyTableIn(TestDatabase database, int rows) {
        List<String> script = new ArrayList<>();
        script.add("CREATE TABLE api_keys (id VARCHAR(64) PRIMARY KEY, name VARCHAR(200), description VARCHAR(200),"
                + " role VARCHAR(64), permissions VARCHAR(2000), key_hash VARCHAR(64), status VARCHAR(20),"
                + " usage_count BIGINT, created_at VARCHAR(40), updated_at VARCHAR(40))");
        for (int i = 0; i < rows; i++) {
            script.add("INSERT INTO api_keys VALUES ('" + LegacyFile.id(i)
                    + "', 'name', NULL, 'read_only', '[\"read\"]', '"
                    + LegacyFile.hash("secret of " + i)
                    + "', 'active', 1, '2025-09-02T10:00:00Z', '2025-09-02T10:00:00Z')");
        }
        database.run(script.toArray(String[]::new));
    }
}
