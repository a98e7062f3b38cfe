package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.jdbc.internal.Dialect;
import dev.apikeys.jdbc.internal.Script;
import dev.apikeys.jdbc.internal.Tables;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.ApiKeyStore.Order;
import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempRow;
import dev.apikeys.spi.UsageBatch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that somebody edited, and data sources that cannot do what is asked of them. */
class BadInputTest {

    private static final List<String> NUMBERS = List.of(
            "created_at",
            "updated_at",
            "expires_at",
            "last_used_at",
            "revoked_at",
            "disabled_at",
            "usage_count",
            "version");

    @Test
    void aSetterOfAStoreIsCalledOnce() {
        DataSource unused = new HikariDataSource();
        JdbcApiKeyStore.Builder keys = JdbcApiKeyStore.builder(unused);
        JdbcTempKeyStore.Builder tempKeys = JdbcTempKeyStore.builder(unused);
        Map<String, ThrowingCallable> setters = Map.of(
                "keys: tablePrefix", () -> keys.tablePrefix("a"),
                "keys: timeout", () -> keys.timeout(Duration.ofSeconds(1)),
                "temp keys: tablePrefix", () -> tempKeys.tablePrefix("a"),
                "temp keys: timeout", () -> tempKeys.timeout(Duration.ofSeconds(1)),
                "temp keys: maxLive", () -> tempKeys.maxLive(1));

        setters.forEach((name, setter) -> {
            assertThatCode(setter).doesNotThrowAnyException();
            assertThatThrownBy(setter)
                    .as(name)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(name.substring(name.indexOf(':') + 2) + " was called before");
        });
    }

    /** Of these alone, SQLite would keep anything that somebody writes into them. */
    @Test
    void aColumnHoldsNothingButWhatIsOfItsType() {
        try (TestDatabase database = TestDatabase.of(Product.SQLITE)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            JdbcApiKeyStore.create(pool).write(Rows.insert("a"));
            for (String column : NUMBERS) {
                for (String damage : List.of("'yesterday'", "1.5", "x'00ff'", "1e300")) {
                    assertThatThrownBy(() -> database.run("UPDATE apikeys_key SET " + column + " = " + damage))
                            .hasRootCauseInstanceOf(SQLException.class);
                }
            }
            for (String statement : List.of(
                    "UPDATE apikeys_key SET id = x'616b'",
                    "UPDATE apikeys_key SET lookup = x'616b'",
                    "INSERT INTO apikeys_journal (time, id, type, actor, count) VALUES (1, x'00', 'a', 'b', 1)",
                    "INSERT INTO apikeys_temp (ticket_hash, key_id, created_at, deadline) VALUES (x'00', 'a', 1, 1)")) {
                assertThatThrownBy(() -> database.run(statement)).hasRootCauseInstanceOf(SQLException.class);
            }
        }
    }

    /** As a migration tool may have created them. */
    private static DataSource loose(TestDatabase database) throws IOException {
        try (InputStream script = JdbcSchema.class.getResourceAsStream(Dialect.SQLITE.script("V1__apikeys.sql"))) {
            Script.statements(script, new Tables(Tables.DEFAULT_PREFIX))
                    .forEach(statement -> database.run(statement.replace("STRICT", "")));
        }
        return database.pool();
    }

    @Test
    void tablesThatHoldAnythingAreNamed() throws IOException {
        try (TestDatabase database = TestDatabase.of(Product.SQLITE)) {
            DataSource pool = loose(database);
            assertThatThrownBy(() -> JdbcSchema.validate(pool))
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("apikeys_")
                    .hasMessageContaining("STRICT");
        }
    }

    @Test
    void aNumberThatIsNoneIsUnreadableAndOtherRowsAreNotAffected() throws IOException {
        try (TestDatabase database = TestDatabase.of(Product.SQLITE)) {
            ApiKeyStore store = JdbcApiKeyStore.create(loose(database));
            store.write(Rows.insert("a", "c"));
            for (String column : NUMBERS) {
                store.write(Rows.insert("b"));
                for (String damage : List.of("'yesterday'", "'2025-09-14T22:58:15'", "1.5", "x'00ff'", "1e300", "''")) {
                    database.run("UPDATE apikeys_key SET " + column + " = " + damage + " WHERE id = 'b'");

                    assertThat(number(store.find("b"), column)).as(damage).isEqualTo(KeyRow.UNREADABLE);
                    assertThat(list(store)).extracting(KeyRow::id).containsExactly("a", "b", "c");
                    assertThat(store.find("a")).isEqualTo(Rows.key("a"));
                }
                assertThat(store.write(Rows.delete("b"))).isTrue();
            }
        }
    }

    @Test
    void aCursorThatDoesNotMoveForwardIsAnError() throws IOException {
        try (TestDatabase database = TestDatabase.of(Product.SQLITE)) {
            ApiKeyStore store = JdbcApiKeyStore.create(loose(database));
            store.write(Rows.insert("a", "b", "c"));
            database.run("UPDATE apikeys_key SET id = CAST(id AS BLOB)");
            KeyFilter scanned = KeyFilter.builder().role("role").build();

            for (KeyFilter filter : List.of(KeyFilter.ALL, scanned)) {
                ApiKeyStore.Slice first = store.list(filter, Order.OLDEST_FIRST, null, 2, 0);
                assertThat(first.next()).isEqualTo("b");
                assertThatThrownBy(() -> store.list(filter, Order.OLDEST_FIRST, first.next(), 2, 0))
                        .isInstanceOf(StorageException.class)
                        .hasMessageContaining("column id of apikeys_key")
                        .hasMessageContaining("JdbcSchema.validate");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void aKeyWhoseEndCannotBeReadIsNotPurged(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore store = JdbcApiKeyStore.create(pool);
            store.write(Rows.inserts(List.of(Rows.endingAt("a", KeyRow.UNREADABLE), Rows.endingAt("c", 5))));

            long now = System.currentTimeMillis();
            assertThat(store.purge(Duration.ofDays(1), now, 10, Rows.journal(1)).rows())
                    .extracting(KeyRow::id)
                    .containsExactly("c");
            assertThat(store.purge(Duration.ofDays(1), now, 10, Rows.journal(2)).rest())
                    .isEqualTo(Rest.NONE);
        }
    }

    private static List<KeyRow> list(ApiKeyStore store) {
        return store.list(KeyFilter.ALL, Order.OLDEST_FIRST, null, 10, 0).rows();
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
            store.write(Rows.insert("a", "b"));
            database.run("UPDATE apikeys_key SET hash = '', permissions = '[\"read\",', metadata = '{{', role = '  ',"
                    + " name = '' WHERE id = 'a'");

            KeyRow row = store.find("a");
            assertThat(row.hash()).isEmpty();
            assertThat(row.permissions()).isEqualTo("[\"read\",");
            assertThat(row.metadata()).isEqualTo("{{");
            assertThat(row.role()).isEqualTo("  ");
            assertThat(list(store)).hasSize(2);
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void aCountAtTheBrinkDoesNotStopTheCountOfOthers(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore store = JdbcApiKeyStore.create(pool);
            store.write(Rows.insert("a", "b"));
            database.run("UPDATE apikeys_key SET usage_count = " + (Long.MAX_VALUE - 1) + " WHERE id = 'a'");

            store.addUsage(new UsageBatch(
                    "node", 1, List.of(new UsageBatch.Delta("a", 2, 1), new UsageBatch.Delta("b", 2, 1))));

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
                store.insert(Rows.temps(Rows.temp(ticket, "ak_1", 0, 10)));
            }
            database.run(
                    "UPDATE apikeys_temp SET settled_at = 5 WHERE ticket_hash = 'both'",
                    "UPDATE apikeys_temp SET sealed = NULL WHERE ticket_hash = 'neither'");

            assertThat(store.find("both")).isEqualTo(new TempRow("both", "ak_1", null, 0, 10, 5L));
            assertThat(store.find("neither")).isEqualTo(new TempRow("neither", "ak_1", null, 0, 10, null));
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
            assertThatThrownBy(() -> store.write(Rows.insert("a")))
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
            JdbcApiKeyStore.create(pool).write(Rows.insert("a"));
            ApiKeyStore store = JdbcApiKeyStore.create(readOnly(database));

            assertThat(store.find("a")).isNotNull();
            List<Runnable> calls = List.of(
                    () -> store.write(Rows.insert("b")),
                    () -> store.write(Rows.insert("b", "c")),
                    () -> store.write(Rows.delete("a")));
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
                    assertThatThrownBy(() -> store.write(Rows.delete("a"))).hasMessageContaining("read-only");
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
            JdbcApiKeyStore.Builder keys = JdbcApiKeyStore.builder(pool);
            JdbcTempKeyStore.Builder temps = JdbcTempKeyStore.builder(pool);

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
        }
    }

    private static void assertNamed(String argument, ThrowingCallable call) {
        assertThatNullPointerException().isThrownBy(call).withMessage(argument);
    }

    @Test
    void aRefusedTextIsShownEscapedAndCut() {
        try (TestDatabase database = TestDatabase.of(Product.H2)) {
            DataSource pool = database.pool();
            String forging = "x\n2026-01-01 ERROR forged";
            Map<String, String> shown = Map.of(
                    forging,
                    "\"x\\u000a2026-01-01 ERROR forged\"",
                    forging.repeat(100_000),
                    "\"x\\u000a2026-01-01 …\" (2500000 characters)");
            shown.forEach((text, expected) -> {
                for (ThrowingCallable call : List.<ThrowingCallable>of(
                        () -> JdbcSchema.create(pool, text),
                        () -> JdbcApiKeyStore.builder(pool).tablePrefix(text))) {
                    assertThatIllegalArgumentException()
                            .isThrownBy(call)
                            .withMessage("tablePrefix must match [a-z][a-z0-9_]{0,29}, but was " + expected);
                }
            });
        }
    }
}
