package dev.apikeys.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.ClaimResult;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeyEvent;
import dev.apikeys.KeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A claim that comes late: that another one was first is told for seven days, also after maintenance. */
class LateClaimTest {
    private final AtomicLong millis =
            new AtomicLong(Instant.parse("2026-11-23T08:00:00Z").toEpochMilli());
    private final List<KeyEvent> told = new CopyOnWriteArrayList<>();

    private ApiKeyManager start() {
        InstantSource clock = () -> Instant.ofEpochMilli(millis.get());
        return ApiKeys.builder(new InMemoryApiKeyStore(clock))
                .handOff(new InMemoryTempKeyStore(100, clock))
                .clock(clock)
                .ticker(() -> Duration.ofMillis(millis.get()).toNanos())
                .listener(told::add)
                .cacheLifetime(Duration.ofSeconds(5)) // no feed, whose clock would jump
                .maintainedByHost()
                .build();
    }

    @Test
    void aTheftIsToldAlsoAfterTheDeadlineAndMaintenance() {
        ApiKeyManager keys = start();
        CreatedKey stolen = keys.create(KeySpec.builder("ci deploy")
                .role("read_upload")
                .handOff(Duration.ofDays(1))
                .build());
        String ticket = stolen.handOff().orElseThrow().ticket().reveal();
        pass(Duration.ofHours(1));
        assertThat(keys.vault().claim(ticket)).isInstanceOf(ClaimResult.Claimed.class);

        pass(Duration.ofHours(24));
        assertThat(keys.vault().claim(ticket)).isInstanceOf(ClaimResult.AlreadyClaimed.class);
        pass(Duration.ofMinutes(1));
        keys.maintain();
        assertThat(keys.vault().claim(ticket)).isInstanceOf(ClaimResult.AlreadyClaimed.class);
        pass(Duration.ofDays(6));
        keys.maintain();
        assertThat(keys.vault().claim(ticket)).isInstanceOf(ClaimResult.AlreadyClaimed.class);
        pass(Duration.ofDays(2));
        keys.maintain();
        assertThat(keys.vault().claim(ticket)).isInstanceOf(ClaimResult.Unknown.class);

        keys.close();
        assertThat(told)
                .filteredOn(event -> event.type() == KeyEvent.Type.CLAIMED_AGAIN)
                .hasSize(3)
                .allMatch(event -> stolen.id().equals(event.keyId()));
    }

    private void pass(Duration time) {
        millis.addAndGet(time.toMillis());
    }
}
