package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.jdbc.legacy.LegacyColumn;
import dev.apikeys.jdbc.legacy.LegacyImport;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempRow;
import dev.apikeys.spi.UsageDelta;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that somebody edited, and data sources that cannot do what is asked of them. */
class BadInputTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "created_at",
                "updated_at",
                "expires_at",
                "last_used_at",
                "revoked_at",
                "disabled_at",
                "usage_count",
                "version"
            })
    void aNumberThatIsNoneIsUnreadableAndOtherRowsAreNotAffected(String column) {
        try (TestDatabase database = TestDatabase.of(Product.SQLITE)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore store = JdbcApiKeyStore.create(pool);
            store.write(List.of(Rows.insert("a"), Rows.insert("b"), Rows.insert("c")));
            for (String damage : List.of("'yesterday'", "'2025-09-14T22:58:15'", "1.5", "x'00ff'", "1e300", "''")) {
                database.run("UPDATE apikeys_key SET " + column + " = " + damage + " WHERE id = 'b'");

                assertThat(number(store.find("b"), column)).as(damage).isEqualTo(KeyRow.UNREADABLE);
                assertThat(store.list(KeyFilter.ALL, null, 10, 0).rows())
                        .extracting(KeyRow::id)
                        .containsExactly("a", "b", "c");
                assertThat(store.find("a")).isEqualTo(Rows.key("a"));
            }
            store.addUsage(List.of(new UsageDelta("a", 1, 1), new UsageDelta("b", 1, 1), new UsageDelta("c", 1, 1)));
            assertThat(store.find("c").usageCount()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void aKeyWhoseEndCannotBeReadIsNotPurged(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore store = JdbcApiKeyStore.create(pool);
            store.write(List.of(
                    Rows.insertThatEnds("a", KeyRow.UNREADABLE),
                    Rows.insertThatEnds("b", 5),
                    Rows.insertThatEnds("c", 5)));
            if (product == Product.SQLITE) {
                database.run("UPDATE apikeys_key SET expires_at = 1.5 WHERE id = 'b'");
            } else {
                store.delete("b");
            }

            assertThat(store.purge(100, 10)).extracting(KeyRow::id).containsExactly("c");
        }
    }

    /** The earlier of its ends is a number, so that the row stands among those that a purge finds. */
    @Test
    void keysWhoseEndCannotBeReadDoNotKeepOthersFromThePurge() {
        try (TestDatabase database = TestDatabase.of(Product.SQLITE)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore store = JdbcApiKeyStore.create(pool);
            List<String> damaged = IntStream.range(0, 10).mapToObj(Rows::id).toList();
            store.write(damaged.stream().map(Rows::insert).toList());
            database.run("UPDATE apikeys_key SET expires_at = '2025-01-01T00:00:00Z', revoked_at = 1");
            store.write(List.of(Rows.insertThatEnds("ended", 5)));

            assertThat(store.purge(100, damaged.size())).extracting(KeyRow::id).containsExactly("ended");
            assertThat(store.purge(100, damaged.size())).isEmpty();
        }
    }

    private static Long number(KeyRow row, String column) {
        return switch (column) {
            case "created_at" -> row.createdAt();
            case "updated_at" -> row.updatedAt();
            case "expires_at" -> row.expiresAt();
            case "last_used_at" -> row.lastUsedAt();
            case "revoked_at" -> row.revokedAt();
            case "disabled_at" -> row.disabledAt();
            case "usage_count" -> row.usageCount();
            default -> row.version();
        };
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void damagedTextsAreHandedOverAsTheyStand(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore store = JdbcApiKeyStore.create(pool);
            store.write(List.of(Rows.insert("a"), Rows.insert("b")));
            database.run("UPDATE apikeys_key SET hash = '', permissions = '[\"read\",', metadata = '{{', role = '  ',"
                    + " name = '' WHERE id = 'a'");

            KeyRow row = store.find("a");
            assertThat(row.hash()).isEmpty();
            assertThat(row.permissions()).isEqualTo("[\"read\",");
            assertThat(row.metadata()).isEqualTo("{{");
            assertThat(row.role()).isEqualTo("  ");
            assertThat(store.list(KeyFilter.ALL, null, 10, 0).rows()).hasSize(2);
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void aCountAtTheBrinkDoesNotStopTheCountOfOthers(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore store = JdbcApiKeyStore.create(pool);
            store.write(List.of(Rows.insert("a"), Rows.insert("b")));
            database.run("UPDATE apikeys_key SET usage_count = " + (Long.MAX_VALUE - 1) + " WHERE id = 'a'");

            store.addUsage(List.of(new UsageDelta("a", 2, 1), new UsageDelta("b", 2, 1)));

            assertThat(store.find("a").usageCount()).isEqualTo(Long.MAX_VALUE - 1);
            assertThat(store.find("b").usageCount()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void aTempKeyThatWasEditedOpensToNothing(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            TempKeyStore store = JdbcTempKeyStore.create(pool);
            for (String ticket : List.of("both", "neither", "good")) {
                store.insert(Rows.temp(ticket, "ak_1", 0, 10));
            }
            database.run(
                    "UPDATE apikeys_temp SET settled_at = 5 WHERE ticket_hash = 'both'",
                    "UPDATE apikeys_temp SET sealed = NULL WHERE ticket_hash = 'neither'");

            assertThat(store.find("both")).isEqualTo(new TempRow("both", "ak_1", null, 0, 10, 5L));
            assertThat(store.find("neither")).isEqualTo(new TempRow("neither", "ak_1", "", 0, 10, null));
            assertThat(store.settle("good", 1)).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void aClosedPoolIsAnOutage(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            HikariDataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore store = JdbcApiKeyStore.create(pool);
            pool.close();

            assertThatThrownBy(() -> store.find("a"))
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("no connection")
                    .hasCauseInstanceOf(SQLException.class);
            assertThatThrownBy(() -> store.write(List.of(Rows.insert("a"))))
                    .isInstanceOfSatisfying(StorageException.class, e -> {
                        assertThat(e.outcomeUnknown()).isFalse();
                        assertThat(e.keyId()).isEmpty();
                    });
            assertThatThrownBy(() -> JdbcApiKeyStore.create(pool)).isInstanceOf(StorageException.class);
        }
    }

    @Test
    void aDataSourceThatThrowsOrGivesNothingIsAnOutage() {
        assertThatThrownBy(() -> JdbcApiKeyStore.create(new SourceOf(() -> null)))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("null");
        assertThatThrownBy(() -> JdbcApiKeyStore.create(new SourceOf(() -> {
                    throw new IllegalStateException("planted");
                })))
                .isInstanceOf(StorageException.class)
                .hasRootCauseMessage("planted");
    }

    @ParameterizedTest
    @EnumSource(
            value = Product.class,
            names = {"POSTGRESQL", "MARIADB", "SQLITE"})
    void aReadOnlyConnectionIsNamedAndReadsGoOn(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            JdbcApiKeyStore.create(pool).write(List.of(Rows.insert("a")));
            ApiKeyStore store = JdbcApiKeyStore.create(readOnly(database));

            assertThat(store.find("a")).isNotNull();
            List<Runnable> calls = List.of(
                    () -> store.write(List.of(Rows.insert("b"))),
                    () -> store.write(List.of(Rows.insert("b"), Rows.insert("c"))),
                    () -> store.delete("a"));
            for (Runnable call : calls) {
                assertThatThrownBy(call::run)
                        .isInstanceOfSatisfying(
                                StorageException.class,
                                e -> assertThat(e.outcomeUnknown()).isFalse())
                        .hasMessageContaining("read-only")
                        .hasMessageContaining("pool that may write");
            }
            assertThat(store.find("b")).isNull();
        }
    }

    private static DataSource readOnly(TestDatabase database) {
        HikariConfig configuration = database.configuration(1);
        configuration.setReadOnly(true);
        if (database.product() == Product.SQLITE) {
            configuration.setJdbcUrl(database.url() + "&open_mode=1");
        }
        return database.pool(configuration);
    }

    @Test
    void aDatabaseThatWasOpenedReadOnlyIsNamed(@TempDir Path directory) {
        String url = "jdbc:h2:file:" + directory.resolve("h2");
        try (TestDatabase database = TestDatabase.of(Product.H2)) {
            for (String option : List.of("", ";ACCESS_MODE_DATA=r")) {
                HikariConfig configuration = database.configuration(1);
                configuration.setJdbcUrl(url + option);
                try (HikariDataSource pool = database.pool(configuration)) {
                    if (option.isEmpty()) {
                        JdbcSchema.create(pool);
                        continue;
                    }
                    ApiKeyStore store = JdbcApiKeyStore.create(pool);
                    assertThat(store.find("a")).isNull();
                    assertThatThrownBy(() -> store.delete("a")).hasMessageContaining("read-only");
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT0.999S", "-PT1S", "PT1H0.001S"})
    void aTimeoutHasBounds(Duration timeout) {
        DataSource none = new SourceOf(() -> null);
        for (Runnable call : List.<Runnable>of(
                () -> JdbcApiKeyStore.builder(none).timeout(timeout),
                () -> JdbcTempKeyStore.builder(none).timeout(timeout))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(call::run)
                    .withMessageContaining("timeout must be between PT1S and PT1H")
                    .withMessageContaining(timeout.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 10_000_001})
    void theNumberOfLiveTempKeysHasBounds(int most) {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> JdbcTempKeyStore.builder(new SourceOf(() -> null)).maxLive(most))
                .withMessageContaining("maxLive")
                .withMessageContaining(Integer.toString(most));
    }

    @Test
    void nullIsRefusedByTheNameOfTheArgument() {
        try (TestDatabase database = TestDatabase.of(Product.H2)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            JdbcApiKeyStore store = JdbcApiKeyStore.create(pool);
            JdbcApiKeyStore.Builder keys = JdbcApiKeyStore.builder(pool);
            JdbcTempKeyStore.Builder temps = JdbcTempKeyStore.builder(pool);
            LegacyImport.Builder legacy = LegacyImport.from(pool);
            List<KeyRow> rows = Collections.singletonList(null);

            assertNamed("dataSource", () -> JdbcApiKeyStore.create(null));
            assertNamed("dataSource", () -> JdbcTempKeyStore.create(null));
            assertNamed("dataSource", () -> JdbcSchema.create(null));
            assertNamed("dataSource", () -> JdbcSchema.validate(null));
            assertNamed("tablePrefix", () -> JdbcSchema.create(pool, null));
            assertNamed("tablePrefix", () -> JdbcSchema.validate(pool, null));
            assertNamed("tablePrefix", () -> keys.tablePrefix(null));
            assertNamed("tablePrefix", () -> temps.tablePrefix(null));
            assertNamed("timeout", () -> keys.timeout(null));
            assertNamed("timeout", () -> temps.timeout(null));
            assertNamed("source", () -> store.importMark(null));
            assertNamed("source", () -> store.importRows(null, null, "m", List.of()));
            assertNamed("mark", () -> store.importRows("a", null, null, List.of()));
            assertNamed("rows", () -> store.importRows("a", null, "m", null));
            assertNamed("row", () -> store.importRows("a", null, "m", rows));
            assertNamed("legacy", () -> LegacyImport.from(null));
            assertNamed("table", () -> legacy.table(null));
            assertNamed("column", () -> legacy.column(null, "id"));
            assertNamed("column ID", () -> legacy.column(LegacyColumn.ID, null));
            assertNamed("source", () -> legacy.source(null));
            assertNamed("roles", () -> legacy.roles(null));
            assertNamed("clock", () -> legacy.clock(null));
            assertNamed("store", () -> legacy.into(null));
        }
    }

    private static void assertNamed(String argument, ThrowingCallable call) {
        assertThatNullPointerException().isThrownBy(call).withMessage(argument);
    }

    @Test
    void aRefusedTextIsShownEscapedAndCut() {
        try (TestDatabase database = TestDatabase.of(Product.H2)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            JdbcApiKeyStore store = JdbcApiKeyStore.create(pool);
            String forging = "x\n2026-01-01 ERROR forged";
            String endless = forging.repeat(100_000);
            for (String text : List.of(forging, endless)) {
                for (ThrowingCallable call : List.<ThrowingCallable>of(
                        () -> store.importMark(text),
                        () -> store.importRows(text, null, "m", List.of()),
                        () -> store.importRows("a", null, text, List.of()),
                        () -> JdbcSchema.create(pool, text),
                        () -> JdbcApiKeyStore.builder(pool).tablePrefix(text))) {
                    assertThatIllegalArgumentException()
                            .isThrownBy(call)
                            .withMessageContaining("x\\u000a2026-01-01 ERROR forged")
                            .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(200));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void onlyWhatIsKnownToBeUndoneCountsAsRefused(Product product) {
        Dialect dialect = Dialect.ALL.get(product.ordinal());
        for (String refused : List.of("40000", "40001", "40002", "40P01", "23505", "42601")) {
            assertThat(dialect.refused(new SQLException("planted", refused)))
                    .as(refused)
                    .isTrue();
        }
        // 40003: whether the statement was completed is not known.
        for (String unsure : List.of("40003", "08006", "HY000")) {
            assertThat(dialect.refused(new SQLException("planted", unsure)))
                    .as(unsure)
                    .isFalse();
        }
    }
}
