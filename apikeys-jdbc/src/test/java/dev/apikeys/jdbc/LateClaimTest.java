package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.ClaimResult;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeyEvent;
import dev.apikeys.KeySpec;
import dev.apikeys.jdbc.TestDatabase.Product;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A claim that comes late: that another one was first is told for seven days, also after maintenance. */
class LateClaimTest {
    private final AtomicLong passed = new AtomicLong();
    private final List<KeyEvent> told = new CopyOnWriteArrayList<>();

    private ApiKeyManager start(DataSource source) {
        return ApiKeys.builder(JdbcApiKeyStore.create(source))
                .handOff(JdbcTempKeyStore.create(source))
                .clock(() -> Instant.ofEpochMilli(System.currentTimeMillis() + passed.get()))
                .ticker(() -> Duration.ofMillis(passed.get()).toNanos())
                .listener(told::add)
                .cacheLifetime(Duration.ofSeconds(5)) // no feed, whose clock would jump
                .maintainedByHost()
                .build();
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void aTheftIsToldAlsoAfterTheDeadlineAndMaintenance(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            ShiftedClock clock = new ShiftedClock(product, pool, 0);
            ApiKeyManager keys = start(clock.source());
            CreatedKey stolen = keys.create(KeySpec.builder("ci deploy")
                    .role("read_upload")
                    .handOff(Duration.ofDays(1))
                    .build());
            String ticket = stolen.handOff().orElseThrow().ticket().reveal();
            pass(clock, Duration.ofHours(1));
            assertThat(keys.vault().claim(ticket)).isInstanceOf(ClaimResult.Claimed.class);

            pass(clock, Duration.ofHours(24));
            assertThat(keys.vault().claim(ticket)).isInstanceOf(ClaimResult.AlreadyClaimed.class);
            pass(clock, Duration.ofMinutes(1));
            keys.maintain();
            assertThat(keys.vault().claim(ticket)).isInstanceOf(ClaimResult.AlreadyClaimed.class);
            pass(clock, Duration.ofDays(6));
            keys.maintain();
            assertThat(keys.vault().claim(ticket)).isInstanceOf(ClaimResult.AlreadyClaimed.class);
            pass(clock, Duration.ofDays(2));
            keys.maintain();
            assertThat(keys.vault().claim(ticket)).isInstanceOf(ClaimResult.Unknown.class);

            keys.close();
            assertThat(told)
                    .filteredOn(event -> event.type() == KeyEvent.Type.CLAIMED_AGAIN)
                    .hasSize(3)
                    .allMatch(event -> stolen.id().equals(event.keyId()));
        }
    }

    private void pass(ShiftedClock clock, Duration time) {
        passed.addAndGet(time.toMillis());
        clock.add(time.toMillis());
    }
}
