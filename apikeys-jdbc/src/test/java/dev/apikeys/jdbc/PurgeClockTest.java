package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.ApiKeyStore.Order;
import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempRow;
import dev.apikeys.spi.WriteSet;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Purges under a clock that is wrong: what they take is gone for good. */
class PurgeClockTest {

    private static final long MINUTE = Duration.ofMinutes(1).toMillis();
    private static final long HOUR = Duration.ofHours(1).toMillis();

    @ParameterizedTest
    @EnumSource(Product.class)
    void nothingIsRemovedWhileTheClocksAreApart(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore keys = JdbcApiKeyStore.create(pool);
            TempKeyStore temps = JdbcTempKeyStore.create(pool);
            keys.write(Rows.inserts(List.of(Rows.endingAt("a", 1))));
            keys.write(WriteSet.builder().journal(Rows.journal(1)).build());
            TempRow live = Rows.temp("live", "a", 0, 5);
            temps.insert(Rows.temps(live, Rows.temp("settled", "a", 0, 5)));
            temps.settle("settled", 1);

            long own = System.currentTimeMillis();
            for (long now : new long[] {own + 2 * HOUR, own - 2 * HOUR, Long.MAX_VALUE, Long.MIN_VALUE, 0}) {
                assertThat(keys.purge(Duration.ZERO, now, 10, Rows.journal(2))).isEqualTo(ApiKeyStore.Purge.putOff());
                assertThat(keys.purgeJournal(Duration.ZERO, now, 10)).isEqualTo(ApiKeyStore.Purge.putOff());
                assertThat(temps.purge(Duration.ZERO, now, 10))
                        .isEqualTo(new TempKeyStore.Sweep(List.of(), 0, 0, Rest.PUT_OFF));
            }
            assertThat(keys.find("a")).isNotNull();
            assertThat(keys.journal(JournalRow.Filter.ALL, null, 10)).hasSize(1);
            assertThat(temps.find("live")).isEqualTo(live);
            assertThat(temps.find("settled")).isNotNull();
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void theEarlierOfTheTwoClocksCounts(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore keys = JdbcApiKeyStore.create(pool);
            TempKeyStore temps = JdbcTempKeyStore.create(pool);
            long own = System.currentTimeMillis();
            keys.write(Rows.inserts(
                    List.of(Rows.endingAt("ended", own - 20 * MINUTE), Rows.endingAt("ending", own + 20 * MINUTE))));
            temps.insert(Rows.temps(
                    Rows.temp("ended", "a", 0, own - 20 * MINUTE), Rows.temp("ending", "a", 0, own + 20 * MINUTE)));

            long slow = own - 40 * MINUTE;
            assertThat(keys.purge(Duration.ZERO, slow, 10, Rows.journal(1)).removed())
                    .isZero();
            assertThat(temps.purge(Duration.ZERO, slow, 10).ended()).isEmpty();
            long fast = own + 40 * MINUTE;
            assertThat(keys.purge(Duration.ZERO, fast, 10, Rows.journal(1)).rows())
                    .extracting(KeyRow::id)
                    .containsExactly("ended");
            assertThat(temps.purge(Duration.ofDays(1), fast, 10).ended())
                    .extracting(TempRow::ticketHash)
                    .containsExactly("ended");
        }
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void anAgeBeyondAllTimesTakesNothing(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ApiKeyStore keys = JdbcApiKeyStore.create(pool);
            keys.write(Rows.inserts(List.of(Rows.endingAt("a", 1))));
            Duration longest = Duration.ofSeconds(Long.MAX_VALUE);
            assertThat(keys.purge(longest, System.currentTimeMillis(), 10, Rows.journal(1)))
                    .isEqualTo(ApiKeyStore.Purge.ofJournal(0, Rest.NONE));
            assertThat(keys.list(KeyFilter.ALL, Order.OLDEST_FIRST, null, 10, 0).rows())
                    .hasSize(1);
        }
    }
}
