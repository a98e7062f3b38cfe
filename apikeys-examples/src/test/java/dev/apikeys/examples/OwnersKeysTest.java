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
import dev.apikeys.ConflictException;
import dev.apikeys.CreatedKey;
import dev.apikeys.JournalEntry;
import dev.apikeys.JournalQuery;
import dev.apikeys.KeyId;
import dev.apikeys.KeyNotFoundException;
import dev.apikeys.KeyQuery;
import dev.apikeys.KeySpec;
import dev.apikeys.KeyUpdate;
import dev.apikeys.Precondition;
import dev.apikeys.Rotation;
import dev.apikeys.TempKeyVault;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.spi.WriteSet;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
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
    private final ApiKeyManager owner = OwnersKeys.of(service, "team-a", Set.of("read", "upload"));
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
        return spec("read_upload");
    }

    private static KeySpec.Builder spec(String role) {
        return KeySpec.builder("ci deploy").role(role).handOff(Duration.ofMinutes(10));
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

    /** Else a key of the tenant would be an administrator, where these log in by key. */
    @Test
    void hasNoPermissionThatTheOwnerCannotGive() {
        CreatedKey operators = service.create(spec("admin").owner("team-a").build());
        service.disable(operators.id());
        for (ApiKeyManager keys : views) {
            for (Runnable change : List.<Runnable>of(
                    () -> keys.create(spec("admin").build()),
                    () -> keys.create(
                            KeySpec.builder("x").permissions(Set.of("admin")).build()),
                    () -> keys.createAll(List.of(spec().build(), spec("admin").build())),
                    () -> keys.update(own.id(), permissions("read", "download")),
                    () -> keys.update(operators.id(), permissions("read")),
                    () -> keys.rotate(operators.id(), Rotation.immediate()),
                    () -> keys.enable(operators.id()))) {
                assertThatIllegalArgumentException()
                        .isThrownBy(change::run)
                        .withMessageStartingWith("permissions: ")
                        .withMessageContaining("allowed: those of ");
            }
            assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(keys::permissionRepair);
        }
        assertThat(service.count(KeyQuery.all().owner("team-a"), 10)).isEqualTo(2);
        ApiKeyManager ofVersion = owner.provided(Precondition.version(1));
        assertThat(ofVersion.update(own.id(), permissions("read")).granted()).containsExactly("read");
        assertThat(owner.rotate(own.id(), Rotation.immediate()).key().granted()).containsExactly("read");
        assertThat(owner.revoke(operators.id(), "x").status()).isEqualTo(KeyStatus.REVOKED);
    }

    private static KeyUpdate permissions(String... permissions) {
        return KeyUpdate.builder().permissions(Set.of(permissions)).build();
    }

    @Test
    void isNotRotatedIfItChangedAfterItWasChecked() {
        ApiKeyManager raced = OwnersKeys.of(racing(service, "provided"), "team-a", Set.of("read", "upload"));
        assertThatExceptionOfType(ConflictException.class)
                .isThrownBy(() -> raced.rotate(own.id(), Rotation.immediate()));
    }

    @Test
    void isNotRotatedInAVersionThatWasNotChecked() {
        long next = own.key().version() + 1;
        ApiKeyManager raced = OwnersKeys.of(racing(service, "find"), "team-a", Set.of("read", "upload"))
                .provided(Precondition.version(next));
        assertThatExceptionOfType(ConflictException.class)
                .isThrownBy(() -> raced.rotate(own.id(), Rotation.immediate()))
                .matches(refused -> refused.reason() == ConflictException.Reason.VERSION);
    }

    /** Once such a method was called, an operator changes the key. */
    private ApiKeyManager racing(ApiKeyManager keys, String called) {
        return (ApiKeyManager) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ApiKeyManager.class}, (proxy, method, arguments) -> {
                    try {
                        Object result = method.invoke(keys, arguments);
                        if (method.getName().equals(called)) {
                            service.update(
                                    own.id(),
                                    KeyUpdate.builder().description("x").build());
                        }
                        return result instanceof ApiKeyManager view ? racing(view, called) : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** An operator disabled it; once its list is repaired, it may grant what the owner cannot give. */
    @Test
    void isNotChangedWhileItsListCannotBeRead() {
        service.disable(own.id());
        KeyRow row = store.find(own.id().value());
        store.write(WriteSet.builder()
                .replace(new WriteSet.Replace(
                        row.toBuilder()
                                .permissions("[\"adm")
                                .version(row.version() + 1)
                                .build(),
                        row.hash(),
                        null))
                .build());
        assertThatExceptionOfType(ConflictException.class)
                .isThrownBy(() -> owner.enable(own.id()))
                .matches(refused -> refused.reason() == ConflictException.Reason.QUARANTINED);
        assertThatExceptionOfType(ConflictException.class)
                .isThrownBy(() -> owner.update(
                        own.id(), KeyUpdate.builder().expiresAt(null).build()));
        assertThat(owner.revoke(own.id(), "damaged").status()).isEqualTo(KeyStatus.REVOKED);
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
