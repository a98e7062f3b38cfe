package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static dev.apikeys.Service.eventually;
import static dev.apikeys.Service.spec;
import static dev.apikeys.Service.specWithHandOff;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.apikeys.KeyEvent.Type;
import dev.apikeys.Verification.Code;
import dev.apikeys.internal.concurrent.DaemonThreads;
import dev.apikeys.internal.concurrent.Patience;
import dev.apikeys.internal.gate.Gate;
import dev.apikeys.spi.StorageException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the listener is told, and that nobody waits for it. */
class EventsTest {
    private final Service service = new Service();
    private final ApiKeyManager keys = service.start();

    @AfterEach
    void close() {
        service.close();
    }

    @Test
    void aLifeIsReportedInOrder() {
        CreatedKey created = keys.create(specWithHandOff());
        String ticket = created.handOff().orElseThrow().ticket().reveal();
        keys.vault().claim(ticket);
        keys.vault().claim(ticket);
        keys.verify("x");
        keys.verify(created.secret().reveal(), Access.permission("admin"));
        keys.disable(created.id());
        keys.enable(created.id());
        keys.update(created.id(), KeyUpdate.builder().name("x").build());
        service.edit(created.id(), "permissions", "read,");
        keys.permissionRepair().apply(KeyQuery.all());
        service.edit(created.id(), "permissions", "{{{");
        service.time.pass(Duration.ofSeconds(5));
        keys.verify(created.secret().reveal());
        keys.permissionRepair().set(created.id(), Set.of());
        CreatedKey successor = keys.rotate(created.id(), Rotation.withGrace(Duration.ofHours(1)));
        keys.revoke(created.id(), "leaked");
        keys.delete(created.id());

        List<KeyEvent> told = service.told.await(15);

        assertThat(told)
                .extracting(KeyEvent::type)
                .containsExactly(
                        Type.CREATED,
                        Type.CLAIMED,
                        Type.CLAIMED_AGAIN,
                        Type.REJECTED,
                        Type.REJECTED,
                        Type.DISABLED,
                        Type.ENABLED,
                        Type.UPDATED,
                        Type.PERMISSIONS_REPAIRED,
                        Type.PERMISSIONS_QUARANTINED,
                        Type.REJECTED,
                        Type.PERMISSIONS_REPAIRED,
                        Type.ROTATED,
                        Type.REVOKED,
                        Type.DELETED);
        assertThat(told.stream().filter(event -> event.type() != Type.REJECTED))
                .allMatch(event -> created.id().equals(event.keyId()) && event.code() == null);
        assertThat(told.get(0).time()).isEqualTo(created.key().createdAt());
        assertThat(told.get(2).detail()).contains("first at 2026-11-23T08:00:00Z");
        assertThat(told.get(3).code()).isEqualTo(Code.MALFORMED);
        assertThat(told.get(3).keyId()).isNull();
        assertThat(told.get(4).code()).isEqualTo(Code.INSUFFICIENT_PERMISSIONS);
        assertThat(told.get(4).keyId()).isEqualTo(created.id());
        assertThat(told.get(4).detail()).isEqualTo("missing [admin]");
        assertThat(told.get(12).detail()).contains(successor.id().value());
        assertThat(told.get(13).detail()).isEqualTo("leaked");
    }

    @Test
    void everyKeyOfManyIsReported() {
        List<CreatedKey> created = keys.createAll(Collections.nCopies(20, spec()));
        keys.revokeAll(KeyQuery.all(), "x");

        assertThat(service.told.await(40).subList(0, 20))
                .extracting(KeyEvent::keyId)
                .containsExactlyElementsOf(created.stream().map(CreatedKey::id).toList());
        assertThat(service.told.events(Type.REVOKED)).hasSize(20);
    }

    @Test
    void successfulVerificationsAreReportedOnlyIfConfigured() {
        CreatedKey created = keys.create(spec());
        keys.verify(created.secret().reveal());
        keys.disable(created.id());
        assertThat(service.told.await(2)).extracting(KeyEvent::type).containsExactly(Type.CREATED, Type.DISABLED);
        keys.enable(created.id());

        ApiKeyManager telling = service.start(service.builder().tellVerified());
        telling.verify(created.secret().reveal());
        assertThat(service.told.awaitFirst(Type.VERIFIED).keyId()).isEqualTo(created.id());
    }

    @Test
    void whatChangedNothingIsNotReported() {
        CreatedKey created = keys.create(spec());
        keys.enable(created.id());
        keys.delete(KeyId.random());
        keys.verify(created.secret().reveal());
        keys.permissionRepair().apply(KeyQuery.all());
        keys.permissionRepair().inspect(KeyQuery.all());
        service.store.hooks.before("write", Hooks.throwing(() -> new StorageException("down", null)));
        for (Runnable failing : List.<Runnable>of(
                () -> keys.create(spec()),
                () -> keys.revoke(created.id(), "x"),
                () -> keys.rotate(created.id(), Rotation.immediate()))) {
            assertThatExceptionOfType(StorageException.class).isThrownBy(failing::run);
        }
        service.store.hooks.clear();
        keys.delete(created.id());

        assertThat(service.told.await(2)).extracting(KeyEvent::type).containsExactly(Type.CREATED, Type.DELETED);
    }

    @Test
    void anEventIsReportedAfterItsChangeAndTheListenerMayCallBack() {
        AtomicReference<ApiKeyManager> manager = new AtomicReference<>();
        List<Object> seen = new CopyOnWriteArrayList<>();
        manager.set(service.start(service.builderTelling(event -> {
            Optional<ApiKey> found = manager.get().find(event.keyId());
            seen.add(event.type() + " " + found.map(ApiKey::status).orElse(null));
            if (event.type() == Type.CREATED) {
                manager.get().disable(event.keyId());
            } else if (event.type() == Type.DISABLED) {
                manager.get().delete(event.keyId());
            }
        })));

        manager.get().create(spec());

        eventually().until(() -> seen.size() == 3);
        assertThat(seen.get(1)).isEqualTo("DISABLED DISABLED");
        assertThat(seen.get(2)).isEqualTo("DELETED null");
        assertThat(service.store.rows()).isEmpty();
    }

    @Test
    void aListenerThatThrowsIsLoggedAndReceivesTheNextEvent() {
        AtomicInteger told = new AtomicInteger();
        ApiKeyManager manager = service.start(service.builderTelling(event -> {
            if (told.incrementAndGet() == 1) {
                throw new IllegalStateException("listener is broken");
            }
            throw new NoClassDefFoundError("org/example/Missing");
        }));
        try (CapturedLog log = new CapturedLog()) {
            CreatedKey created = manager.create(spec());

            assertCode(manager.verify(created.secret().reveal()), Code.VALID);
            manager.revoke(created.id(), "x");
            eventually()
                    .until(() -> told.get() == 2
                            && log.lines("The listener failed on").size() == 2);
            assertThat(log.lines("The listener failed on").get(0))
                    .contains("WARN")
                    .contains("CREATED");
            assertThat(log.text()).contains("IllegalStateException").doesNotContain("listener is broken");
        }
    }

    @Test
    void aListenerThatHangsBlocksNoCallerAndItsBacklogIsDroppedAndCounted() {
        Hold hold = service.hold();
        AtomicInteger told = new AtomicInteger();
        ApiKeyManager manager = service.start(service.builderTelling(event -> {
            hold.run();
            told.incrementAndGet();
        }));

        manager.create(spec());
        hold.awaitSomebody();
        CreatedKey created = manager.create(spec());
        assertCode(manager.verify(created.secret().reveal()), Code.VALID);
        manager.createAll(Collections.nCopies(1_000, spec()));
        manager.createAll(Collections.nCopies(100, spec()));

        assertThat(manager.stats().eventsDropped()).containsEntry(KeyEvent.Dropped.FULL, 1_101L - 1_024);
        hold.release();
        eventually().until(() -> told.get() == 1_025);
    }

    @Test
    void allRejectionsAreCountedAndReportedUpToARate() {
        CreatedKey created = keys.create(spec());
        for (int i = 0; i < 25; i++) {
            keys.verify("x");
        }
        keys.disable(created.id());
        service.told.awaitFirst(Type.DISABLED);
        assertThat(service.told.events(Type.REJECTED)).hasSize(10);
        assertThat(keys.stats().eventsDropped()).containsEntry(KeyEvent.Dropped.RATE, 15L);
        assertThat(keys.stats().verifications()).containsEntry(Code.MALFORMED, 25L);

        service.time.pass(Duration.ofSeconds(1));
        keys.verify(created.secret().reveal());
        keys.enable(created.id());
        service.told.awaitFirst(Type.ENABLED);
        assertThat(service.told.events(Type.REJECTED))
                .hasSize(11)
                .last()
                .extracting(KeyEvent::code)
                .isEqualTo(Code.DISABLED);
    }

    @Test
    void aTicketPresentedAgainAndAgainIsReportedUpToARate() {
        String ticket =
                keys.create(specWithHandOff()).handOff().orElseThrow().ticket().reveal();
        keys.vault().claim(ticket);
        for (int i = 0; i < 25; i++) {
            keys.vault().claim(ticket);
        }
        CreatedKey marker = keys.create(spec());
        eventually().until(() -> told(Type.CREATED, marker));
        assertThat(service.told.events(Type.CLAIMED_AGAIN)).hasSize(1);
        assertThat(keys.stats().eventsDropped()).containsEntry(KeyEvent.Dropped.RATE, 24L);

        service.time.pass(Duration.ofSeconds(1));
        keys.vault().claim(ticket);
        keys.revoke(marker.id(), "x");
        eventually().until(() -> told(Type.REVOKED, marker));
        assertThat(service.told.events(Type.CLAIMED_AGAIN)).hasSize(2);
    }

    /** One who stole a ticket, and has another one that is spent, must not be able to hide the theft in noise. */
    @Test
    void aSpentTicketPresentedAllTheTimeHidesNoOther() {
        CreatedKey noisy = keys.create(specWithHandOff());
        // Two keys may share a limit, by chance; three do not share it with a fourth.
        List<CreatedKey> stolen = keys.createAll(List.of(specWithHandOff(), specWithHandOff(), specWithHandOff()));
        keys.vault().claim(ticket(noisy));
        stolen.forEach(key -> keys.vault().claim(ticket(key)));
        for (int i = 0; i < 50; i++) {
            keys.vault().claim(ticket(noisy));
        }

        stolen.forEach(key -> keys.vault().claim(ticket(key)));

        eventually().until(() -> stolen.stream().anyMatch(key -> told(Type.CLAIMED_AGAIN, key)));
    }

    @Test
    void spentTicketsOfAnyNumberOfKeysLeavePlacesForOtherEvents() {
        MovableTime time = new MovableTime();
        Hold listening = service.hold();
        Emitter emitter = new Emitter(
                List.of(new Emitter.Listening(
                        event -> listening.run(), Gate.direct(time, null), DaemonThreads.named("apikeys-events"))),
                time);
        for (int second = 0; second < 4; second++) {
            for (int i = 0; i < 2_000; i++) {
                KeyId id = KeyId.random();
                if (emitter.admitsClaimedAgain(id)) {
                    emitter.emit(Type.CLAIMED_AGAIN, id, 0, "");
                }
            }
            time.pass(Duration.ofSeconds(1));
        }

        assertThat(emitter.dropped().get(KeyEvent.Dropped.FULL)).isPositive();
        assertThat(emitter.admits(Type.REJECTED)).isTrue();
        listening.release();
        emitter.close(new Patience(System::nanoTime), Duration.ofSeconds(20));
    }

    private static String ticket(CreatedKey key) {
        return key.handOff().orElseThrow().ticket().reveal();
    }

    private boolean told(Type type, CreatedKey key) {
        return service.told.events(type).stream().anyMatch(event -> key.id().equals(event.keyId()));
    }

    @Test
    void aFloodOfOneEventHidesNoOther() {
        String ticket =
                keys.create(specWithHandOff()).handOff().orElseThrow().ticket().reveal();
        CreatedKey damaged = keys.create(spec());
        service.edit(damaged.id(), "permissions", "{{{");
        keys.vault().claim(ticket);
        for (int i = 0; i < 25; i++) {
            keys.verify("x");
        }
        keys.vault().claim(ticket);
        service.told.awaitFirst(Type.CLAIMED_AGAIN);
        keys.verify(damaged.secret().reveal());
        service.told.awaitFirst(Type.PERMISSIONS_QUARANTINED);

        service.time.pass(Duration.ofSeconds(1));
        for (int i = 0; i < 25; i++) {
            keys.vault().claim(ticket);
        }
        keys.verify("x");
        keys.disable(damaged.id());
        service.told.awaitFirst(Type.DISABLED);
        assertThat(service.told.events(Type.REJECTED)).hasSize(11);
    }

    /** Slowly or fast: what callers cause at will is left out before it takes the places of what the host did. */
    @Test
    void whatCallersCauseAtWillDoesNotPushARevocationOut() {
        Hold hold = service.hold();
        List<KeyEvent> told = new CopyOnWriteArrayList<>();
        ApiKeyManager manager = service.start(service.builderTelling(event -> {
                    hold.run();
                    told.add(event);
                })
                .tellVerified());
        CreatedKey created = manager.create(spec());
        hold.awaitSomebody();
        for (int i = 0; i < 60; i++) {
            for (int j = 0; j < 10; j++) {
                manager.verify("x");
                manager.verify(created.secret().reveal());
            }
            service.time.pass(Duration.ofSeconds(1));
        }
        assertThat(manager.stats().eventsDropped()).containsEntry(KeyEvent.Dropped.FULL, 1_200L - 512);
        manager.revoke(created.id(), "leaked");

        hold.release();
        eventually().until(() -> told.stream().anyMatch(event -> event.type() == Type.REVOKED));
        assertThat(told).hasSize(514);
    }

    @Test
    void withoutAListenerNothingIsDropped() {
        ApiKeyManager silent = service.start(ApiKeys.builder(service.store).maintainedByHost());
        for (int i = 0; i < 100; i++) {
            silent.verify("x");
        }

        assertThat(silent.stats().eventsDropped().values()).containsOnly(0L);
    }

    @Test
    void aListenerThatThrowsOrHangsKeepsNoEventFromOthers() {
        Hold hold = service.hold();
        List<KeyEvent> first = new CopyOnWriteArrayList<>();
        ApiKeyManager manager = service.start(service.builderTelling(event -> {
                    first.add(event);
                    throw new IllegalStateException("listener is broken");
                })
                .listener(event -> hold.run())
                .listener(service.told));

        CreatedKey created = manager.create(spec());
        manager.revoke(created.id(), "x");

        assertThat(service.told.await(2))
                .extracting(KeyEvent::type)
                .containsExactly(KeyEvent.Type.CREATED, KeyEvent.Type.REVOKED);
        eventually().until(() -> first.size() == 2);
        assertThat(manager.stats().eventsDropped().values()).containsOnly(0L);
    }

    @Test
    void aSecretInAReasonIsMasked() {
        ApiKeyManager keys = service.start();
        CreatedKey created = keys.create(spec());
        String secret = created.secret().reveal();

        ApiKey revoked = keys.revoke(created.id(), "found " + secret + " in a log");

        String digits = secret.substring(secret.lastIndexOf('_') + 1);
        assertThat(revoked.revokedReason()).startsWith("found sk_").endsWith("_*** in a log");
        assertThat(service.store.row(created.id().value()).revokedReason()).doesNotContain(digits);
        assertThat(service.told.awaitFirst(Type.REVOKED).detail()).isEqualTo(revoked.revokedReason());
    }
}
