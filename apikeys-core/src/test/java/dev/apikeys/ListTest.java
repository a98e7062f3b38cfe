package dev.apikeys;

import static dev.apikeys.Service.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.spi.StorageException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ListTest {
    private final Service service = new Service();
    private final ApiKeyManager keys = service.start();

    @AfterEach
    void close() {
        service.close();
    }

    private List<ApiKey> all(KeyQuery query) {
        List<ApiKey> all = new ArrayList<>();
        Page<ApiKey> page = keys.list(query);
        all.addAll(page.items());
        while (page.next().isPresent()) {
            page = keys.list(query.after(page.next().get()));
            all.addAll(page.items());
        }
        return all;
    }

    @Test
    void pagesGoByIdWithoutGapOrRepeat() {
        List<KeyId> ids = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            ids.add(keys.create(spec()).id());
            service.time.pass(Duration.ofMillis(1));
        }

        assertThat(all(KeyQuery.all().limit(7))).extracting(ApiKey::id).containsExactlyElementsOf(ids);
        assertThat(all(KeyQuery.all().limit(25))).hasSize(25);
        assertThat(all(KeyQuery.all().limit(1))).hasSize(25);
        assertThat(keys.list(KeyQuery.all().limit(7)).items()).hasSize(7);
    }

    @Test
    void aStoreThatStopsEarlyIsAskedAgainForTheTimeOfAPageAndLosesNothing() {
        keys.createAll(Collections.nCopies(9, spec()));
        service.store.maxSlice = 2;

        assertThat(keys.list(KeyQuery.all().limit(5)).items()).hasSize(5);
        service.store.hooks.before("list", () -> service.time.pass(Duration.ofMillis(150)));
        assertThat(keys.list(KeyQuery.all().limit(5)).items())
                .as("two calls, then the time is over")
                .hasSize(4);
        assertThat(all(KeyQuery.all().limit(5))).hasSize(9);
    }

    @Test
    void aPageHolds100ByDefault() {
        keys.createAll(Collections.nCopies(101, spec()));

        Page<ApiKey> page = keys.list(KeyQuery.all());

        assertThat(page.items()).hasSize(100);
        assertThat(keys.list(KeyQuery.all().after(page.next().orElseThrow())).items())
                .hasSize(1);
        assertThat(keys.list(KeyQuery.all().limit(1_000)).next()).isEmpty();
    }

    @Test
    void filtersNarrowTogetherAndAStatusIsTakenNow() {
        CreatedKey a = keys.create(KeySpec.builder("x")
                .role("admin")
                .owner("a")
                .expiresIn(Duration.ofMinutes(1))
                .build());
        keys.create(KeySpec.builder("x").role("admin").owner("b").build());
        keys.create(KeySpec.builder("x").role("read_only").owner("a").build());
        KeyQuery active = KeyQuery.all().owner("a").role("admin").status(KeyStatus.ACTIVE);

        assertThat(all(active)).extracting(ApiKey::id).containsExactly(a.id());
        service.time.pass(Duration.ofMinutes(1));
        assertThat(all(active)).isEmpty();
        assertThat(all(KeyQuery.all().owner("a").role("admin").status(KeyStatus.EXPIRED)))
                .singleElement()
                .satisfies(key -> assertThat(key.status()).isEqualTo(KeyStatus.EXPIRED));
        assertThat(all(KeyQuery.all().owner("A"))).isEmpty();
    }

    @Test
    void aCursorOutlivesItsKey() {
        CreatedKey first = keys.create(spec());
        CreatedKey second = keys.create(spec());
        List<KeyId> ids = all(KeyQuery.all()).stream().map(ApiKey::id).toList();
        String cursor = keys.list(KeyQuery.all().limit(1)).next().orElseThrow();
        keys.delete(ids.get(0));

        assertThat(keys.list(KeyQuery.all().after(cursor)).items())
                .extracting(ApiKey::id)
                .containsExactly(ids.get(1));
        assertThat(ids).containsExactlyInAnyOrder(first.id(), second.id());
    }

    @Test
    void damagedRowsAreListedWithWhatIsDamaged() {
        CreatedKey damaged = keys.create(spec());
        CreatedKey sound = keys.create(spec());
        service.edit(damaged.id(), "permissions", "{{{");
        service.edit(damaged.id(), "createdAt", Long.MIN_VALUE);
        service.edit(damaged.id(), "name", "\u0000\ud800");

        assertThat(all(KeyQuery.all())).extracting(ApiKey::id).containsExactlyInAnyOrder(damaged.id(), sound.id());
        ApiKey listed = keys.find(damaged.id()).orElseThrow();
        assertThat(listed.damaged()).containsExactly("createdAt", "permissions");
        assertThat(listed.permissions()).isEmpty();
        assertThat(listed.granted()).isEmpty();
    }

    @Test
    void aRowWhoseIdIsDamagedIsLeftOutAndLoggedAndStopsNothing() {
        CreatedKey sound = keys.create(spec());
        service.store.put(Rows.of(service.store.row(sound.id().value()))
                .set("id", "AK 1\nERROR forged")
                .row());

        try (CapturedLog log = new CapturedLog()) {
            assertThat(all(KeyQuery.all().limit(1))).extracting(ApiKey::id).containsExactly(sound.id());
            assertThat(log.lines("is not a key id")).isNotEmpty().allMatch(line -> line.contains("AK 1\\u000aERROR"));
            assertThat(keys.revokeAll(KeyQuery.all(), "x")).isOne();
        }
    }

    @Test
    void aCursorTakesAnyIdThatAColumnHolds() {
        String damaged = "\ud83d\udd11".repeat(64);

        assertThat(KeyQuery.all().after(KeyQuery.all().cursor(damaged)).afterId())
                .isEqualTo(damaged);
    }

    @Test
    void anOutageReachesTheCaller() {
        service.store.hooks.before("list", Hooks.throwing(() -> new StorageException("down", null)));
        service.store.hooks.before("find", Hooks.throwing(() -> new IllegalStateException("broken")));

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> keys.list(KeyQuery.all()))
                .withMessageContaining("down");
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> keys.find(KeyId.random()))
                .withMessageContaining("find failed in store.find")
                .satisfies(e -> assertThat(e.outcomeUnknown()).isFalse())
                .satisfies(e -> assertThat(e.keyId()).isEqualTo(Optional.empty()));
    }

    private void startUsedAt(CreatedKey key) {
        keys.verify(key.secret().reveal());
        keys.maintain();
    }

    @Test
    void newestFirstIsTheOtherWayRoundPageByPage() {
        List<KeyId> ids = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            ids.add(0, keys.create(spec()).id());
            service.time.pass(Duration.ofMillis(1));
        }

        assertThat(all(KeyQuery.all().newestFirst().limit(7)))
                .extracting(ApiKey::id)
                .containsExactlyElementsOf(ids);
        service.store.maxSlice = 2;
        assertThat(all(KeyQuery.all().newestFirst().limit(7)))
                .extracting(ApiKey::id)
                .containsExactlyElementsOf(ids);
    }

    @Test
    void newKeysDisturbNoPageOfTheNewestFirst() {
        CreatedKey first = keys.create(spec());
        service.time.pass(Duration.ofMillis(1));
        CreatedKey second = keys.create(spec());
        KeyQuery query = KeyQuery.all().newestFirst().limit(1);
        Page<ApiKey> page = keys.list(query);
        service.time.pass(Duration.ofMillis(1));
        keys.create(spec());

        assertThat(page.items()).extracting(ApiKey::id).containsExactly(second.id());
        assertThat(all(query.after(page.next().orElseThrow())))
                .extracting(ApiKey::id)
                .containsExactly(first.id());
    }

    @Test
    void whatWasNotUsedSinceAMomentIsFoundAndWhatWasNeverUsedCountsFromItsCreation() {
        CreatedKey never = keys.create(spec());
        CreatedKey before = keys.create(spec());
        CreatedKey since = keys.create(spec());
        startUsedAt(before);
        service.time.pass(Duration.ofHours(1));
        Instant moment = service.time.instant();
        startUsedAt(since);
        keys.create(spec());
        service.time.pass(Duration.ofHours(1));

        assertThat(all(KeyQuery.all().unusedSince(moment)))
                .extracting(ApiKey::id)
                .containsExactlyInAnyOrder(never.id(), before.id());
        assertThat(all(KeyQuery.all().unusedSince(moment.minus(Duration.ofHours(1)))))
                .as("used at that moment is used since")
                .isEmpty();
        assertThat(keys.count(KeyQuery.all().unusedSince(moment), 10)).isEqualTo(2);
    }

    @Test
    void keysAreFoundByWhoCreatedThemByATextAndByTheirEnd() {
        CreatedKey alices = keys.as(Actor.of("alice"))
                .create(KeySpec.builder("50% off")
                        .role("admin")
                        .expiresIn(Duration.ofDays(1))
                        .build());
        CreatedKey bobs = keys.as(Actor.of("bob"))
                .create(KeySpec.builder("ci").role("admin").owner("Alice").build());
        CreatedKey own = keys.create(
                KeySpec.builder("x").role("admin").expiresIn(Duration.ofDays(2)).build());
        Instant end = service.time.instant().plus(Duration.ofDays(1));

        assertThat(all(KeyQuery.all().createdBy("alice")))
                .extracting(ApiKey::id)
                .containsExactly(alices.id());
        assertThat(all(KeyQuery.all().createdBy("system")))
                .extracting(ApiKey::id)
                .containsExactly(own.id());
        assertThat(all(KeyQuery.all().matching("0% O"))).extracting(ApiKey::id).containsExactly(alices.id());
        assertThat(all(KeyQuery.all().matching("aLiCe")))
                .as("an owner; who created a key is another question")
                .extracting(ApiKey::id)
                .containsExactly(bobs.id());
        assertThat(all(KeyQuery.all().matching(own.id().value().substring(5))))
                .extracting(ApiKey::id)
                .containsExactly(own.id());
        assertThat(all(KeyQuery.all().endingBefore(end))).isEmpty();
        assertThat(all(KeyQuery.all().endingBefore(end.plusMillis(1))))
                .extracting(ApiKey::id)
                .containsExactly(alices.id());
        assertThat(all(KeyQuery.all().createdBy("bob").matching("50%"))).isEmpty();
    }

    /** So that a store may show more, as one that was written before a condition existed. */
    @Test
    void whatAStoreShowsInExcessIsLeftOut() {
        CreatedKey wanted = keys.as(Actor.of("alice")).create(spec());
        keys.create(spec());
        ApiKeyManager lax = service.start(service.builderOn(FaultyAnswers.of(
                service.store,
                "list",
                list -> service.store.list(
                        KeyFilter.builder().build(),
                        ApiKeyStore.Order.OLDEST_FIRST,
                        null,
                        1_000,
                        service.time.millis()))));
        KeyQuery query = KeyQuery.all().createdBy("alice");

        assertThat(lax.list(query).items()).extracting(ApiKey::id).containsExactly(wanted.id());
        assertThat(lax.count(query, 10)).isOne();
        assertThat(lax.revokeAll(query, "leaver")).isOne();
    }

    @Test
    void aCountStopsAtWhatIsAskedForAndSkipsPages() {
        keys.createAll(Collections.nCopies(9, spec()));
        keys.create(KeySpec.builder("x").role("admin").owner("a").build());
        service.store.maxSlice = 3;
        service.store.hooks.forgetCalls();

        assertThat(keys.count(KeyQuery.all(), 4)).isEqualTo(4);
        assertThat(service.store.hooks.calls("list"))
                .as("no further than it must")
                .isEqualTo(2);
        assertThat(keys.count(KeyQuery.all().limit(1), 10)).isEqualTo(10);
        assertThat(keys.count(KeyQuery.all(), 10_000)).isEqualTo(10);
        assertThat(keys.count(KeyQuery.all().owner("a"), 10)).isOne();
        assertThat(keys.count(KeyQuery.all().owner("b"), 10)).isZero();
    }
}
