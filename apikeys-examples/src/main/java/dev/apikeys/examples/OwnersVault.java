package dev.apikeys.examples;

import dev.apikeys.ClaimResult;
import dev.apikeys.ConflictException;
import dev.apikeys.HandOff;
import dev.apikeys.KeyId;
import dev.apikeys.KeyNotFoundException;
import dev.apikeys.Secret;
import dev.apikeys.TempKeyVault;
import java.time.Duration;
import java.util.function.Supplier;

/** The vault of a view that is restricted to an owner: hand-offs of other keys do not exist for it. Thread-safe. */
final class OwnersVault implements TempKeyVault {
    private final TempKeyVault vault;

    OwnersVault(TempKeyVault vault) {
        this.vault = vault;
    }

    private static <T> T found(Supplier<T> call, Supplier<T> otherwise) {
        try {
            return call.get();
        } catch (KeyNotFoundException e) {
            return otherwise.get();
        } catch (ConflictException e) {
            if (e.reason() != ConflictException.Reason.OWNER) {
                throw e;
            }
            return otherwise.get();
        }
    }

    @Override
    public HandOff put(KeyId keyId, Secret secret, Duration within) {
        return found(() -> vault.put(keyId, secret, within), () -> {
            throw new KeyNotFoundException(keyId);
        });
    }

    @Override
    public ClaimResult claim(String ticket) {
        return found(() -> vault.claim(ticket), ClaimResult.Unknown::new);
    }

    @Override
    public Status handOffStatus(KeyId keyId) {
        return found(() -> vault.handOffStatus(keyId), Status.None::new);
    }

    @Override
    public boolean discard(KeyId keyId) {
        return found(() -> vault.discard(keyId), () -> false);
    }
}
