package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.ApiKeyStore.Order;
import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempRow;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.VaultFullException;
import dev.apikeys.spi.WriteSet;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the stores of all databases have in common and the contract does not say. */
class JdbcStoresTest {

    private static final JournalRow PURGED = Rows.journal(99);

    @ParameterizedTest
    @EnumSource(Product.class)
    void aKeyLivesItsLife(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            JdbcSchema.validate(pool);
            ApiKeyStore store = JdbcApiKeyStore.create(pool);
            KeyRow row = KeyRow.builder("ak_1", Rows.HASH, "näme 🔑 ';--")
                    .lookup("lookup")
                    .description("description")
                    .owner("owner%")
                    .role("role")
                    .permissions("[\"read\"]")
                    .metadata("{}")
                    .attributes("{\"may\":{\"x\":1}}")
                    .createdBy("creator")
                    .createdAt(1)
                    .updatedAt(2)
                    .expiresAt(300L)
                    .lastUsedAt(4L)
                    .revokedAt(500L)
                    .revokedReason("leaked")
                    .disabledAt(6L)
                    .rotatedFrom("ak_0")
                    .rotatedTo("ak_2")
                    .usageCount(7)
                    .build();
            assertThat(store.write(WriteSet.builder()
                            .insert(row)
                            .journal(Rows.journal(1))
                            .build()))
                    .isTrue();
            assertThat(store.find("ak_1")).isEqualTo(row);
            assertThat(store.find("AK_1")).isNull();
            assertThat(store.find("ak_1 ")).isNull();
            assertThat(store.findByLookup("lookup")).isEqualTo(row);
            assertThatThrownBy(() -> store.write(Rows.insert("ak_0", "ak_1")))
                    .isInstanceOfSatisfying(
                            KeyExistsException.class, e -> assertThat(e.keyId()).contains("ak_1"));
            assertThat(store.find("ak_0")).isNull();
            assertThat(store.write(WriteSet.builder()
                            .insert(Rows.key("ak_0"))
                            .replace(Rows.replacing("ak_1", 3))
                            .journal(Rows.journal(2))
                            .build()))
                    .isFalse();
            assertThat(store.find("ak_0")).isNull();
            assertThat(store.write(WriteSet.builder()
                            .insert(Rows.key("ak_0"))
                            .insert(Rows.key("ak_2"))
                            .replace(Rows.replacing("ak_1", 2))
                            .journal(Rows.journal(3))
                            .journal(Rows.journal(4))
                            .build()))
                    .isTrue();
            assertThat(store.find("ak_1").createdBy()).isEqualTo("creator");
            store.addUsage(new UsageBatch(
                    "node",
                    1,
                    List.of(
                            new UsageBatch.Delta("ak_0", 2, 10),
                            new UsageBatch.Delta("ak_1", 3, 1),
                            new UsageBatch.Delta("x", 3, 1))));
            assertThat(store.find("ak_1").usageCount()).isEqualTo(10);
            assertThat(store.find("ak_1").lastUsedAt()).isEqualTo(4);
            assertThat(store.find("ak_0").lastUsedAt()).isEqualTo(10);
            KeyFilter filter = KeyFilter.builder()
                    .owner("owner")
                    .role("role")
                    .status(KeyStatus.ACTIVE)
                    .build();
            assertThat(store.list(filter, Order.OLDEST_FIRST, null, 2, 5).rows())
                    .extracting(KeyRow::id)
                    .containsExactly("ak_0", "ak_1");
            assertThat(store.list(filter, Order.NEWEST_FIRST, null, 2, 5).rows())
                    .extracting(KeyRow::id)
                    .containsExactly("ak_2", "ak_1");
            assertThat(store.write(Rows.delete("ak_0"))).isTrue();
            assertThat(store.write(Rows.delete("ak_0"))).isFalse();
            assertThat(store.journal(JournalRow.Filter.ALL, null, 10))
                    .extracting(JournalRow::id)
                    .containsExactly(Rows.told(4), Rows.told(3), Rows.told(1));
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void aPurgeTakesWhatEndedLongAgoAndTellsHowMany(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore store = JdbcApiKeyStore.create(pool);
            long now = System.currentTimeMillis();
            store.write(Rows.inserts(List.of(
                    Rows.key("ak_0"),
                    Rows.endingAt("ak_1", now - 120_000),
                    Rows.endingAt("ak_2", now - 180_000),
                    Rows.endingAt("ak_3", now))));

            assertThat(store.purge(Duration.ofMinutes(4), now, 10, PURGED))
                    .isEqualTo(ApiKeyStore.Purge.ofJournal(0, Rest.NONE));
            assertThat(store.journal(JournalRow.Filter.ALL, null, 10)).isEmpty();
            ApiKeyStore.Purge purge = store.purge(Duration.ofMinutes(1), now, 10, PURGED);

            assertThat(purge.rows()).extracting(KeyRow::id).containsExactly("ak_1", "ak_2");
            assertThat(purge.removed()).isEqualTo(2);
            assertThat(purge.rest()).isEqualTo(Rest.NONE);
            JournalRow told = store.journal(JournalRow.Filter.ALL, null, 10).get(0);
            assertThat(told)
                    .isEqualTo(PURGED.toBuilder().count(2).time(told.time()).build());
            assertThat(told.time()).isBetween(now - 60_000, now + 60_000);
            assertThat(store.purgeJournal(Duration.ofMinutes(1), now, 10).removed())
                    .isZero();
            database.run("UPDATE apikeys_journal SET time = time - 120000");
            store.write(WriteSet.builder().journal(Rows.journal(7)).build());
            assertThat(store.purgeJournal(Duration.ofMinutes(1), now, 10))
                    .isEqualTo(ApiKeyStore.Purge.ofJournal(1, Rest.NONE));
            assertThat(store.list(KeyFilter.ALL, Order.OLDEST_FIRST, null, 10, 0)
                            .rows())
                    .extracting(KeyRow::id)
                    .containsExactly("ak_0", "ak_3");
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
                store.insert(Rows.temps(Rows.temp("h" + i, "ak_" + i, 0, 100 + i)));
            }
            assertThatThrownBy(() -> store.insert(Rows.temps(Rows.temp("i", "ak_10", 99, 200))))
                    .isInstanceOf(VaultFullException.class);
            assertThat(store.settle("h0", 100)).isFalse();
            assertThat(store.settle("h0", 99)).isTrue();
            assertThat(store.settle("h0", 99)).isFalse();
            TempRow settled = Rows.temp("h0", "ak_0", 0, 100).settled(99);
            assertThat(store.find("h0")).isEqualTo(settled);
            assertThat(store.findByKey("ak_0")).isEqualTo(settled);
            assertThat(store.findByKey("ak_1")).isEqualTo(Rows.temp("h1", "ak_1", 0, 101));

            // One place is free, two are needed: the one that has expired makes room, and both or none are written.
            TempRow[] two = {Rows.temp("i", "ak_0", 101, 200), Rows.temp("j", "ak_1", 101, 90)};
            assertThat(store.insert(Rows.temps(two)).ended())
                    .containsExactly(Rows.temp("h1", "ak_1", 0, 101).ended());
            assertThat(store.findByKey("ak_0")).isEqualTo(two[0]);
            assertThat(store.findByKey("ak_1")).isEqualTo(two[1]);
            assertThat(store.discard("ak_1")).isEqualTo(1);
            assertThat(store.discard("ak_1")).isZero();
            assertThat(store.findByKey("ak_1"))
                    .isEqualTo(Rows.temp("h1", "ak_1", 0, 101).ended());
            assertThat(store.remove("i")).isTrue();
            assertThat(store.remove("i")).isFalse();
            assertThatThrownBy(() ->
                            store.insert(Rows.temps(Rows.temp("a", "ak_1", 0, 100), Rows.temp("h9", "ak_1", 0, 100))))
                    .isInstanceOf(KeyExistsException.class);
            assertThat(store.find("a")).isNull();
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void aSweepEndsWhatIsOverdueAndRemovesWhatIsOld(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            TempKeyStore store = JdbcTempKeyStore.create(pool);
            long now = System.currentTimeMillis();
            List<TempRow> rows = List.of(
                    Rows.temp("a", "ak_1", 1, now - 180_000),
                    Rows.temp("b", "ak_2", 1, now - 120_000),
                    Rows.temp("c", "ak_3", 1, now - 90_000),
                    Rows.temp("d", "ak_4", 1, now + 120_000));
            store.insert(rows);

            TempKeyStore.Sweep first = store.purge(Duration.ofDays(7), now, 2);
            assertThat(first)
                    .isEqualTo(new TempKeyStore.Sweep(
                            List.of(rows.get(0).ended(), rows.get(1).ended()), 0, 0, Rest.MORE));
            TempKeyStore.Sweep second = store.purge(Duration.ofSeconds(150), now, 2);
            assertThat(second)
                    .isEqualTo(new TempKeyStore.Sweep(List.of(rows.get(2).ended()), 1, 0, Rest.NONE));
            assertThat(store.find("a")).isNull();
            assertThat(store.find("b")).isEqualTo(rows.get(1).ended());
            assertThat(store.find("d")).isEqualTo(rows.get(3));
            assertThat(store.settle("b", 1)).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void aSweepForgetsTheOldestOfTooManySpentRowsAndSaysHowMany(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            TempKeyStore store = JdbcTempKeyStore.builder(pool).maxLive(1).build();
            long now = System.currentTimeMillis();
            for (int i = 0; i < 104; i++) {
                String ticket = String.format("t%03d", i);
                store.insert(Rows.temps(Rows.temp(ticket, "ak_1", now, now + 60_000 + i)));
                assertThat(store.settle(ticket, now)).isTrue();
            }

            Duration days = Duration.ofDays(7);
            assertThat(store.purge(days, now, 3)).isEqualTo(new TempKeyStore.Sweep(List.of(), 0, 3, Rest.MORE));
            assertThat(store.purge(days, now, 3)).isEqualTo(new TempKeyStore.Sweep(List.of(), 0, 1, Rest.NONE));
            assertThat(store.purge(days, now, 3)).isEqualTo(new TempKeyStore.Sweep(List.of(), 0, 0, Rest.NONE));
            assertThat(store.find("t003")).isNull();
            assertThat(store.find("t004").settledAt()).isEqualTo(now);
        }
    }

    /** Also where no purge finds them live: a full store ends them first. */
    @ParameterizedTest
    @EnumSource(Product.class)
    void whatAnInsertEndedCountsAsSpent(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            TempKeyStore store = JdbcTempKeyStore.builder(pool).maxLive(1).build();
            long now = System.currentTimeMillis();
            long begun = now - 60_000;
            Duration days = Duration.ofDays(7);
            store.purge(days, now, 100); // counts, and finds room
            for (int i = 0; i < 130; i++) {
                store.insert(Rows.temps(Rows.temp(String.format("t%03d", i), "ak_1", begun + i, begun + i + 1)));
            }

            TempKeyStore.Sweep sweep = store.purge(days, now, 100);

            assertThat(sweep.ended()).extracting(TempRow::ticketHash).containsExactly("t129");
            assertThat(sweep.forgotten()).isEqualTo(30);
            assertThat(store.find("t029")).isNull();
            assertThat(store.find("t030")).isNotNull();
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void aThousandRowsAreOneCall(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore store = JdbcApiKeyStore.create(pool);
            List<String> ids = IntStream.range(0, 1000).mapToObj(Rows::id).toList();
            WriteSet.Builder inserts = WriteSet.builder();
            IntStream.range(0, 1000)
                    .forEach(i -> inserts.insert(Rows.key(ids.get(i))).journal(Rows.journal(i)));
            assertThat(store.write(inserts.build())).isTrue();
            assertThat(store.list(KeyFilter.ALL, Order.OLDEST_FIRST, null, 1000, 0)
                            .rows())
                    .hasSize(1000);
            assertThat(store.journal(JournalRow.Filter.ALL, null, 1000)).hasSize(1000);
            WriteSet.Builder replaces = WriteSet.builder();
            ids.forEach(id -> replaces.replace(Rows.replacing(id, 2)));
            assertThat(store.write(replaces.build())).isTrue();
            assertThat(store.find(Rows.id(999)).version()).isEqualTo(2);
        }
    }
}
