package dev.apikeys.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.apikeys.Actor;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.ClaimResult;
import dev.apikeys.CreatedKey;
import dev.apikeys.JournalEntry;
import dev.apikeys.JournalQuery;
import dev.apikeys.KeyId;
import dev.apikeys.KeyNotFoundException;
import dev.apikeys.KeyQuery;
import dev.apikeys.KeySpec;
import dev.apikeys.KeyUpdate;
import dev.apikeys.PermissionRepair;
import dev.apikeys.Precondition;
import dev.apikeys.Rotation;
import dev.apikeys.TempKeyVault;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.spi.WriteSet;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Another owner's keys do not exist for an owner, whatever is asked, and whatever view is made of the view. */
class OwnersKeysTest {
    private final InMemoryApiKeyStore store = new InMemoryApiKeyStore();
    private final ApiKeyManager service =
            ApiKeys.builder(store).handOff(new InMemoryTempKeyStore()).build();
    private final CreatedKey theirs = service.create(spec().owner("team-b").build());
    private final String ticket = theirs.handOff().orElseThrow().ticket().reveal();
    private final KeyId id = theirs.id();
    private final ApiKeyManager owner = OwnersKeys.of(service, "team-a");
    private final CreatedKey own = owner.create(spec().build());

    /** The view, and views of it. */
    private final List<ApiKeyManager> views =
            List.of(owner, owner.as(Actor.of("alice")), owner.provided(Precondition.version(1)));

    @AfterEach
    void close() {
        views.forEach(ApiKeyManager::close);
        service.close();
    }

    private static KeySpec.Builder spec() {
        return KeySpec.builder("ci deploy").role("read_upload").handOff(Duration.ofMinutes(10));
    }

    @Test
    void isNotSeen() {
        for (ApiKeyManager keys : views) {
            assertThat(keys.find(id)).isEmpty();
            assertThat(keys.find(own.id())).isPresent();
            assertThat(keys.list(KeyQuery.all()).items()).extracting(ApiKey::id).containsExactly(own.id());
            assertThat(keys.list(KeyQuery.all().owner("team-b")).items()).isEmpty();
            assertThat(keys.list(KeyQuery.all().matching(id.value())).items()).isEmpty();
            assertThat(keys.count(KeyQuery.all(), 10)).isOne();
            assertThat(keys.count(KeyQuery.all().owner("team-b"), 10)).isZero();
            assertThat(keys.journal(JournalQuery.all()).items())
                    .extracting(JournalEntry::keyId)
                    .containsExactly(own.id());
            assertThat(keys.journal(JournalQuery.all().key(id)).items()).isEmpty();
        }
    }

    @Test
    void isNotChanged() {
        for (ApiKeyManager keys : views) {
            for (Runnable change : List.<Runnable>of(
                    () -> keys.update(id, KeyUpdate.builder().name("x").build()),
                    () -> keys.rotate(id, Rotation.immediate()),
                    () -> keys.revoke(id, "x"),
                    () -> keys.disable(id),
                    () -> keys.enable(id),
                    () -> keys.permissionRepair().set(id, Set.of()),
                    () -> keys.vault().put(id, theirs.secret(), Duration.ofMinutes(1)))) {
                assertThatExceptionOfType(KeyNotFoundException.class).isThrownBy(change::run);
            }
            assertThat(keys.delete(id)).isFalse();
            assertThat(keys.revokeAll(KeyQuery.all().owner("team-b"), "x")).isZero();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> keys.update(
                            own.id(), KeyUpdate.builder().owner("team-b").build()));
            assertThatIllegalStateException().isThrownBy(() -> keys.provided(Precondition.owner("team-b")));
        }
        assertThat(owner.revokeAll(KeyQuery.all(), "team-a leaves")).isOne();
        assertThat(service.find(id).orElseThrow().version()).isOne();
        assertThat(service.find(own.id()).orElseThrow().status()).isEqualTo(KeyStatus.REVOKED);
    }

    @Test
    void isNotClaimed() {
        for (ApiKeyManager keys : views) {
            TempKeyVault vault = keys.vault();
            assertThat(vault.claim(ticket)).isEqualTo(new ClaimResult.Unknown());
            assertThat(vault.handOffStatus(id)).isEqualTo(new TempKeyVault.Status.None());
            assertThat(vault.discard(id)).isFalse();
        }
        assertThat(owner.vault().claim(own.handOff().orElseThrow().ticket().reveal()))
                .isInstanceOf(ClaimResult.Claimed.class);
        assertThat(service.vault().claim(ticket)).isInstanceOf(ClaimResult.Claimed.class);
    }

    @Test
    void isNotRepaired() {
        damage(id);
        damage(own.id());

        for (ApiKeyManager keys : views) {
            assertThat(keys.permissionRepair().inspect(KeyQuery.all()).items())
                    .extracting(PermissionRepair.Finding::id)
                    .containsExactly(own.id());
            assertThat(keys.permissionRepair()
                            .apply(KeyQuery.all().owner("team-b"))
                            .items())
                    .isEmpty();
        }
        owner.permissionRepair().apply(KeyQuery.all());

        assertThat(row(id).permissions()).isEqualTo("READ");
        assertThat(row(own.id()).permissions()).isEqualTo("[\"read\"]");
    }

    private KeyRow row(KeyId of) {
        KeyRow row = store.find(of.value());
        assertThat(row).isNotNull();
        return row;
    }

    private void damage(KeyId of) {
        KeyRow damaged = row(of).toBuilder().permissions("READ").version(2).build();
        assertThat(store.write(WriteSet.builder()
                        .replace(new WriteSet.Replace(damaged, damaged.hash(), null))
                        .build()))
                .isTrue();
    }

    @Test
    void isNotMadeForOthers() {
        assertThat(own.key().owner()).isEqualTo("team-a");
        assertThat(owner.create(spec().owner("team-b").build()).key().owner()).isEqualTo("team-a");
        assertThat(owner.createAll(List.of(spec().owner("team-b").build())))
                .extracting(created -> created.key().owner())
                .containsExactly("team-a");
    }
}
