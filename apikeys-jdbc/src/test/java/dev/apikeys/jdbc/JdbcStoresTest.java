package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Change;
import dev.apikeys.spi.DuplicateKeyException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.UsageDelta;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the stores of all databases have in common and the contract does not say. */
class JdbcStoresTest {

    @ParameterizedTest
    @EnumSource(Product.class)
    void aKeyLivesItsLife(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            JdbcSchema.validate(pool);
            ApiKeyStore store = JdbcApiKeyStore.create(pool);
            KeyRow row = new KeyRow(
                    "ak_1",
                    "lookup",
                    "sha256$$00",
                    "näme 🔑 ';--",
                    "description",
                    "owner%",
                    "role",
                    "[\"read\"]",
                    "{}",
                    1,
                    2,
                    300L,
                    4L,
                    500L,
                    "leaked",
                    6L,
                    "ak_0",
                    "ak_2",
                    7,
                    1);
            assertThat(store.write(List.of(new Change.Insert(row)))).isTrue();
            assertThat(store.find("ak_1")).isEqualTo(row);
            assertThat(store.find("AK_1")).isNull();
            assertThat(store.find("ak_1 ")).isNull();
            assertThat(store.findByLookup("lookup")).isEqualTo(row);
            assertThatThrownBy(() -> store.write(List.of(Rows.insert("ak_0"), Rows.insert("ak_1"))))
                    .isInstanceOfSatisfying(
                            DuplicateKeyException.class,
                            e -> assertThat(e.keyId()).contains("ak_1"));
            assertThat(store.find("ak_0")).isNull();
            assertThat(store.write(List.of(Rows.insert("ak_0"), Rows.replace("ak_1", 3))))
                    .isFalse();
            assertThat(store.find("ak_0")).isNull();
            assertThat(store.write(List.of(Rows.insert("ak_0"), Rows.replace("ak_1", 2), Rows.insert("ak_2"))))
                    .isTrue();
            store.addUsage(
                    List.of(new UsageDelta("ak_0", 2, 10), new UsageDelta("ak_1", 3, 1), new UsageDelta("x", 3, 1)));
            assertThat(store.find("ak_1").usageCount()).isEqualTo(10);
            assertThat(store.find("ak_1").lastUsedAt()).isEqualTo(4);
            assertThat(store.find("ak_0").lastUsedAt()).isEqualTo(10);
            assertThat(store.list(new KeyFilter("owner", "role", KeyRow.Status.ACTIVE), null, 2, 5)
                            .rows())
                    .extracting(KeyRow::id)
                    .containsExactly("ak_0", "ak_1");
            assertThat(store.delete("ak_0")).isTrue();
            assertThat(store.delete("ak_0")).isFalse();
            store.write(List.of(new Change.Insert(Rows.key("ak_3", 1, 100L))));
            assertThat(store.purge(100, 10)).isEmpty();
            assertThat(store.purge(101, 10)).extracting(KeyRow::id).containsExactly("ak_3");
            assertThat(store.find("ak_3")).isNull();
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void aTempKeyLivesItsLife(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            HikariConfig configuration = database.configuration(1);
            configuration.setAutoCommit(false);
            DataSource pool = database.pool(configuration);
            JdbcSchema.create(pool, "other_");
            JdbcSchema.validate(pool, "other_");
            TempKeyStore store = JdbcTempKeyStore.builder(pool)
                    .tablePrefix("other_")
                    .maxLive(10)
                    .build();
            for (int i = 0; i < 10; i++) {
                store.insert(Rows.temp("h" + i, "ak_" + i, 0, 100 + i));
            }
            assertThatThrownBy(() -> store.insert(Rows.temp("h10", "ak_10", 0, 100)))
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("full");
            assertThat(store.settle("h0", 100)).isFalse();
            assertThat(store.settle("h0", 99)).isTrue();
            assertThat(store.settle("h0", 99)).isFalse();
            assertThat(store.find("h0").sealed()).isNull();
            assertThat(store.findByKey("ak_0")).isNull();
            assertThat(store.findByKey("ak_1")).isEqualTo(Rows.temp("h1", "ak_1", 0, 101));
            store.insert(Rows.temp("h10", "ak_1", 0, 100));
            assertThat(store.discard("ak_1")).isEqualTo(2);
            assertThat(store.discard("ak_1")).isZero();
            assertThat(store.purge(104, 2)).isEqualTo(2);
            assertThat(store.purge(104, 2)).isEqualTo(1);
            assertThatThrownBy(() -> store.insert(Rows.temp("h9", "ak_1", 0, 100)))
                    .isInstanceOf(DuplicateKeyException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void aThousandRowsAreOneCall(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore store = JdbcApiKeyStore.create(pool);
            List<Change> changes = new ArrayList<>(IntStream.range(0, 1000)
                    .mapToObj(i -> Rows.insert(Rows.id(i)))
                    .toList());
            assertThat(store.write(changes)).isTrue();
            assertThat(store.list(KeyFilter.ALL, null, 1000, 0).rows()).hasSize(1000);
            assertThat(store.write(IntStream.range(0, 1000)
                            .mapToObj(i -> Rows.replace(Rows.id(i), 2))
                            .toList()))
                    .isTrue();
            assertThat(store.find(Rows.id(999)).version()).isEqualTo(2);
        }
    }
}
