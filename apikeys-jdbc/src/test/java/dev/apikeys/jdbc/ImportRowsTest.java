package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.spi.DuplicateKeyException;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ImportRowsTest {

    @ParameterizedTest
    @EnumSource(Product.class)
    void rowsAndMarkMoveTogetherOrNotAtAll(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            JdbcApiKeyStore store = store(database.pool());
            assertThat(store.importMark("a")).isEmpty();
            assertThat(store.importRows("a", null, "m1", rows("ak_3", "ak_1"))).isTrue();
            assertThat(store.importMark("a")).contains("m1");
            assertThat(store.importMark("A")).as("told apart by case").isEmpty();
            assertThat(store.find("ak_1")).isEqualTo(Rows.key("ak_1"));

            assertThatThrownBy(() -> store.importRows("a", "m1", "m2", rows("ak_2", "ak_3")))
                    .isInstanceOfSatisfying(
                            DuplicateKeyException.class,
                            e -> assertThat(e.keyId()).contains("ak_3"));
            assertThat(store.find("ak_2")).isNull();
            assertThat(store.importMark("a")).contains("m1");

            assertThat(store.importRows("a", "m1", "m2", List.of())).isTrue();
            assertThat(store.importRows("b", null, "m2", rows("ak_2"))).isTrue();
            assertThat(store.importMark("a")).contains("m2");
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void whoExpectsAnotherMarkWritesNothing(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            JdbcApiKeyStore store = store(database.pool());
            assertThat(store.importRows("a", "m0", "m1", rows("ak_1"))).isFalse();
            assertThat(store.importMark("a")).isEqualTo(Optional.empty());
            store.importRows("a", null, "m1", rows("ak_1"));
            assertThat(store.importRows("a", null, "m2", rows("ak_2"))).isFalse();
            assertThat(store.importRows("a", "m0", "m2", rows("ak_2"))).isFalse();
            assertThat(store.importRows("a", "M1", "m2", rows("ak_2"))).isFalse();
            assertThat(store.importMark("a")).contains("m1");
            assertThat(store.find("ak_2")).isNull();
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void whatIsOutOfBoundsIsRefused(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            JdbcApiKeyStore store = store(database.pool());
            KeyRow row = Rows.key("ak_1");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> store.importRows("", null, "m", List.of(row)))
                    .withMessageContaining("source");
            assertThatIllegalArgumentException().isThrownBy(() -> store.importMark("ä"));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> store.importRows("a", null, "m".repeat(201), List.of(row)))
                    .withMessageContaining("mark");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> store.importRows("a", "m", "m", List.of(row)))
                    .withMessageContaining("differ");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> store.importRows("a", null, "m", Collections.nCopies(1001, row)))
                    .withMessageContaining("1000");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> store.importRows("a", null, "m", List.of(Rows.key("ak_1", 2, null))))
                    .withMessageContaining("version");
            assertThat(store.importRows("s".repeat(200), null, "m".repeat(200), List.of(row)))
                    .isTrue();
            assertThat(store.importMark("s".repeat(200))).contains("m".repeat(200));
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void aMissingTableIsNamed(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcApiKeyStore store = store(pool);
            database.run("DROP TABLE apikeys_import");
            assertThatThrownBy(() -> JdbcSchema.validate(pool))
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("apikeys_import")
                    .hasMessageContaining("JdbcSchema.create");
            assertThatThrownBy(() -> store.importRows("a", null, "m", rows("ak_1")))
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("JdbcSchema.create");
            JdbcSchema.create(pool);
            assertThat(store.importRows("a", null, "m", rows("ak_1"))).isTrue();
        }
    }

    private static JdbcApiKeyStore store(DataSource pool) {
        JdbcSchema.create(pool);
        return JdbcApiKeyStore.create(pool);
    }

    private static List<KeyRow> rows(String... ids) {
        return List.of(ids).stream().map(Rows::key).toList();
    }
}
