package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.tuple;

import dev.apikeys.ConflictException.Reason;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.spi.StorageException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is expected of a key holds in the write that changes it, whatever is asked. */
class PreconditionTest {
    private final Service service = new Service();
    private final ApiKeyManager keys = service.start();
    private final CreatedKey created = keys.create(KeySpec.builder("ci deploy")
            .owner("team-a")
            .role("admin")
            .handOff(Duration.ofMinutes(10))
            .build());
    private final KeyId id = created.id();
    private final ApiKeyManager others = keys.provided(Precondition.owner("team-b"));
    private final ApiKeyManager stale = keys.provided(Precondition.version(9));

    @AfterEach
    void close() {
        service.close();
    }

    private static void assertRefused(Reason reason, ThrowingCallable change) {
        assertThatExceptionOfType(ConflictException.class)
                .isThrownBy(change)
                .satisfies(e -> assertThat(e.reason()).isEqualTo(reason));
    }

    /** Or a caller would be told that a key of another one is revoked. */
    @Test
    void itIsLookedAtBeforeWhetherTheWorkIsDone() {
        keys.disable(id);
        List<JournalRow> journal = service.store.journal();
        assertRefused(Reason.OWNER, () -> others.disable(id));
        assertRefused(Reason.VERSION, () -> stale.disable(id));

        keys.enable(id);
        assertRefused(Reason.OWNER, () -> others.enable(id));
        assertRefused(Reason.VERSION, () -> stale.enable(id));

        CreatedKey successor = keys.rotate(id, Rotation.immediate());
        assertRefused(Reason.OWNER, () -> others.rotate(id, Rotation.immediate().id(successor.id())));
        assertRefused(Reason.OWNER, () -> others.revoke(id, "x"));
        assertRefused(Reason.VERSION, () -> stale.revoke(id, "x"));

        assertThat(service.store.journal())
                .as("only what was done: enabled, rotated, and the successor created")
                .hasSize(journal.size() + 3);
    }

    @Test
    void itHoldsInTheWriteAndNotOnlyWhenTheKeyIsRead() {
        ApiKeyManager owners = keys.provided(Precondition.owner("team-a"));
        service.store.hooks.before(
                "write",
                Hooks.once(() ->
                        keys.update(id, KeyUpdate.builder().owner("team-b").build())));

        assertRefused(Reason.OWNER, () -> owners.revoke(id, "not mine any more"));

        assertThat(keys.find(id).orElseThrow().status()).isEqualTo(KeyStatus.ACTIVE);
    }

    private ApiKeyManager unusedForADay() {
        return keys.provided(Precondition.unusedSince(service.time.instant().minus(Duration.ofDays(1))));
    }

    @Test
    void aKeyThatWasUsedSinceIsNotChanged() {
        assertRefused(Reason.USED, () -> unusedForADay().revoke(id, "as new as a key in use"));
        service.time.pass(Duration.ofDays(2));
        keys.verify(created.secret().reveal());
        keys.maintain();
        List<JournalRow> journal = service.store.journal();

        assertRefused(Reason.USED, () -> unusedForADay().revoke(id, "unused"));
        assertRefused(Reason.USED, () -> unusedForADay().delete(id));
        assertRefused(Reason.USED, () -> unusedForADay().vault().discard(id));
        assertRefused(
                Reason.VERSION,
                () -> unusedForADay().provided(Precondition.version(9)).disable(id));
        assertThat(service.store.journal()).isEqualTo(journal);

        service.time.pass(Duration.ofDays(2));
        assertThat(unusedForADay().revoke(id, "unused").status()).isEqualTo(KeyStatus.REVOKED);
    }

    @Test
    void aKeyWhoseUseIsNotWrittenIsNotChanged() {
        service.time.pass(Duration.ofDays(2));
        service.store.locked.add(id.value());
        keys.verify(created.secret().reveal());
        assertThatExceptionOfType(StorageException.class).isThrownBy(keys::maintain);
        service.store.locked.clear();

        assertRefused(Reason.USED, () -> unusedForADay().revoke(id, "unused"));
    }

    @Test
    void aUseThatIsWrittenBeforeTheChangeIsSeenInTheWrite() {
        service.time.pass(Duration.ofDays(2));
        service.store.hooks.before("write", Hooks.once(() -> service.edit(id, "lastUsedAt", service.time.millis())));

        assertRefused(Reason.USED, () -> unusedForADay().revoke(id, "unused"));
    }

    @Test
    void ofTwoLastUsesTheEarlierHoldsInTheWrite() {
        service.time.pass(Duration.ofDays(4));
        Instant now = service.time.instant();
        Instant earlier = now.minus(Duration.ofDays(3));
        Instant used = now.minus(Duration.ofDays(2));
        Instant later = now.minus(Duration.ofDays(1));
        service.store.hooks.before("write", Hooks.once(() -> service.edit(id, "lastUsedAt", used.toEpochMilli())));

        assertRefused(
                Reason.USED,
                () -> keys.provided(Precondition.unusedSince(earlier))
                        .revokeAll(KeyQuery.all().unusedSince(later), "unused"));
        assertThat(keys.find(id).orElseThrow().status()).isEqualTo(KeyStatus.ACTIVE);
    }

    @Test
    void aKeyWithoutAnOwnerBelongsToNoTenant() {
        CreatedKey free = keys.create(Service.spec());

        assertRefused(Reason.OWNER, () -> others.revoke(free.id(), "x"));
        assertRefused(Reason.OWNER, () -> others.delete(free.id()));
    }

    @Test
    void itCoversTheVaultAndWhatIsRefusedSpendsNothing() {
        String ticket = created.handOff().orElseThrow().ticket().reveal();
        TempKeyVault vault = others.vault();

        assertRefused(Reason.OWNER, () -> vault.claim(ticket));
        assertRefused(Reason.OWNER, () -> vault.handOffStatus(id));
        assertRefused(Reason.OWNER, () -> vault.discard(id));
        assertRefused(Reason.OWNER, () -> vault.put(id, created.secret(), Duration.ofMinutes(1)));

        assertThat(service.temp.waiting()).hasSize(1);
        assertThat(keys.provided(Precondition.owner("team-a").version(1))
                        .vault()
                        .claim(ticket)
                        .claimedSecret()
                        .map(Secret::reveal))
                .contains(created.secret().reveal());
    }

    private CreatedKey createFor(String owner) {
        return keys.create(KeySpec.builder("b").owner(owner).role("admin").build());
    }

    @Test
    void ofManyKeysThoseOfOtherOwnersArePassedOver() {
        CreatedKey mine = createFor("team-b");

        assertThat(others.revokeAll(KeyQuery.all(), "team-b leaves")).isOne();

        assertThat(keys.find(mine.id()).orElseThrow().status()).isEqualTo(KeyStatus.REVOKED);
        assertThat(keys.find(id).orElseThrow().status()).isEqualTo(KeyStatus.ACTIVE);
    }

    @Test
    void ofManyKeysOneThatMovesToAnotherOwnerMeanwhileIsPassedOver() {
        CreatedKey stays = createFor("team-a");
        service.store.hooks.after(
                "list",
                Hooks.once(() ->
                        keys.update(id, KeyUpdate.builder().owner("team-b").build())));

        assertThat(keys.provided(Precondition.owner("team-a"))
                        .revokeAll(KeyQuery.all().owner("team-a"), "team-a leaves"))
                .isOne();

        assertThat(keys.find(stays.id()).orElseThrow().status()).isEqualTo(KeyStatus.REVOKED);
        assertThat(keys.find(id).orElseThrow().status()).isEqualTo(KeyStatus.ACTIVE);
    }

    @Test
    void ofManyKeysTheFirstOfAnotherVersionIsReported() {
        assertRefused(Reason.VERSION, () -> stale.revokeAll(KeyQuery.all(), "x"));
    }

    @Test
    void aRepairOfManyPassesOverTheKeysOfOtherOwners() {
        CreatedKey mine = createFor("team-b");
        service.edit(id, "permissions", "READ");
        service.edit(mine.id(), "permissions", "READ");
        PermissionRepair repair = others.permissionRepair();

        assertThat(repair.inspect(KeyQuery.all()).items())
                .extracting(PermissionRepair.Finding::id)
                .containsExactly(mine.id());
        assertThat(repair.apply(KeyQuery.all()).items())
                .extracting(PermissionRepair.Finding::id, PermissionRepair.Finding::outcome)
                .containsExactly(tuple(mine.id(), PermissionRepair.Outcome.REWRITTEN));
        assertRefused(Reason.OWNER, () -> repair.set(id, Set.of("read")));
        assertThat(service.store.row(id.value()).permissions()).isEqualTo("READ");
    }

    /** Or who stole a ticket and deletes the key hides that from the one it was meant for. */
    @Test
    void anEarlierClaimIsReportedAlsoWhenTheKeyIsDeleted() {
        String ticket = created.handOff().orElseThrow().ticket().reveal();
        ApiKeyManager owners = keys.provided(Precondition.owner("team-a"));
        owners.vault().claim(ticket);
        keys.delete(id);

        assertThat(owners.vault().claim(ticket)).isInstanceOf(ClaimResult.AlreadyClaimed.class);
        assertThat(service.told.awaitFirst(KeyEvent.Type.CLAIMED_AGAIN).keyId()).isEqualTo(id);
    }

    @Test
    void aSecretOfADeletedKeyIsNotHandedOutWhereAnOwnerIsDue() {
        String ticket = created.handOff().orElseThrow().ticket().reveal();
        service.store.remove(id.value());

        assertThatExceptionOfType(KeyNotFoundException.class)
                .isThrownBy(() -> others.vault().claim(ticket));
        assertThat(service.temp.waiting()).hasSize(1);
    }

    /** Or a caller who was given a view of one owner could leave it. */
    @Test
    void aSecondOneAddsToTheFirstAndReplacesNothing() {
        ApiKeyManager owners = keys.provided(Precondition.owner("team-a"));

        assertRefused(
                Reason.OWNER,
                () -> others.provided(Precondition.version(1))
                        .as(Actor.of("bob"))
                        .disable(id));
        assertRefused(
                Reason.VERSION, () -> owners.provided(Precondition.version(9)).disable(id));
        for (String owner : List.of("team-a", "team-b")) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> others.provided(Precondition.owner(owner)))
                    .withMessageStartingWith("owner was called before");
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> stale.provided(Precondition.owner("team-a").version(1)))
                .withMessageStartingWith("version was called before");

        assertThatIllegalStateException()
                .isThrownBy(() -> unusedForADay().provided(Precondition.unusedSince(Instant.EPOCH)))
                .withMessageStartingWith("unusedSince was called before");

        owners.provided(Precondition.version(1)).disable(id);
        assertThat(keys.find(id).orElseThrow().status()).isEqualTo(KeyStatus.DISABLED);
    }
}
