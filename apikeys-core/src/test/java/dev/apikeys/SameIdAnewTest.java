package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.PermissionRepair.Outcome;
import dev.apikeys.Verification.Code;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A key is deleted and another one created under its id, whose version begins anew at 1. Nothing that was read of the old
 * one is written over the new one: neither its secret nor its rights come back.
 */
class SameIdAnewTest {
    private static final KeyId ID = KeyId.random();

    private final Service service = new Service();

    @AfterEach
    void close() {
        service.close();
    }

    private static CreatedKey create(ApiKeyManager keys, String permission) {
        return keys.create(
                KeySpec.builder("x").id(ID).permissions(Set.of(permission)).build());
    }

    /** The new key, once the old one is gone. */
    private static CreatedKey anew(ApiKeyManager keys) {
        keys.delete(ID);
        return create(keys, "read");
    }

    private static void assertOnlyTheNewOneIsGood(ApiKeyManager keys, CreatedKey old, CreatedKey anew) {
        assertCode(keys.verify(old.secret().reveal()), Code.SECRET_MISMATCH);
        assertCode(keys.verify(anew.secret().reveal()), Code.VALID);
        assertThat(keys.find(ID).orElseThrow().permissions()).isEqualTo(Set.of("read"));
    }

    @Test
    void aHashThatWaitsForItsMoveToAnotherPepperIsNotWritten() {
        Pepper retired = Pepper.of("old", new byte[32]);
        CreatedKey old = create(service.start(service.builder().pepper(retired)), "admin");
        ApiKeyManager keys = service.start(service.builder()
                .pepper(Pepper.of("new", "0123456789abcdef".repeat(2).getBytes(StandardCharsets.US_ASCII)))
                .retiredPepper(retired));
        assertCode(keys.verify(old.secret().reveal()), Code.VALID);

        CreatedKey anew = anew(keys);
        keys.maintain();

        assertOnlyTheNewOneIsGood(keys, old, anew);
    }

    @Test
    void aChangeBetweenWhoseReadAndWriteItHappensIsMadeToTheNewKey() {
        ApiKeyManager keys = service.start();
        CreatedKey old = create(keys, "admin");
        CreatedKey[] anew = new CreatedKey[1];
        service.store.hooks.after("find", Hooks.once(() -> anew[0] = anew(keys)));

        ApiKey updated = keys.update(ID, KeyUpdate.builder().name("renamed").build());

        assertThat(updated.name()).isEqualTo("renamed");
        assertOnlyTheNewOneIsGood(keys, old, anew[0]);
    }

    @Test
    void aRotationBetweenWhoseReadAndWriteItHappensRotatesTheNewKey() {
        ApiKeyManager keys = service.start();
        CreatedKey old = create(keys, "admin");
        service.store.hooks.after("find", Hooks.once(() -> anew(keys)));

        CreatedKey successor = keys.rotate(ID, Rotation.withGrace(Duration.ofHours(1)));

        assertThat(successor.key().permissions()).isEqualTo(Set.of("read"));
        assertCode(keys.verify(old.secret().reveal()), Code.SECRET_MISMATCH);
    }

    @Test
    void aRepairLeavesTheNewKeyAlone() {
        ApiKeyManager keys = service.start();
        CreatedKey old = create(keys, "admin");
        service.edit(ID, "permissions", "admin,read");
        CreatedKey[] anew = new CreatedKey[1];
        service.store.hooks.after("list", Hooks.once(() -> anew[0] = anew(keys)));

        assertThat(keys.permissionRepair().apply(KeyQuery.all()).items())
                .extracting(PermissionRepair.Finding::outcome)
                .containsExactly(Outcome.CHANGED_MEANWHILE);
        assertOnlyTheNewOneIsGood(keys, old, anew[0]);
    }
}
