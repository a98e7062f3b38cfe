package dev.apikeys;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The vault as one caller sees it. */
final class DefaultTempKeyVault implements TempKeyVault {
    private static final int MAX_SECRET_BYTES = 256;

    private final Entrance entrance;
    private final HandOffs handOffs;
    private final KeyFinder finder;
    private final InstantSource clock;
    private final Caller caller;

    DefaultTempKeyVault(Entrance entrance, HandOffs handOffs, KeyFinder finder, InstantSource clock, Caller caller) {
        this.entrance = entrance;
        this.handOffs = handOffs;
        this.finder = finder;
        this.clock = clock;
        this.caller = caller;
    }

    @Override
    public HandOff put(KeyId keyId, Secret secret, Duration within) {
        Objects.requireNonNull(keyId, "keyId");
        Objects.requireNonNull(secret, "secret");
        Arguments.positive("within", within);
        if (secret.bytes().length > MAX_SECRET_BYTES) {
            throw Arguments.invalid(
                    "secret",
                    "secret has " + secret.bytes().length + " bytes; allowed: at most " + MAX_SECRET_BYTES,
                    "at most " + MAX_SECRET_BYTES + " bytes");
        }
        return entrance.run("vault.put", keyId, operation -> {
            finder.require(operation, caller, keyId);
            HandOffs.Sealed sealed = handOffs.seal(keyId, secret, within, Dates.now(clock));
            handOffs.insert(operation, List.of(sealed));
            return sealed.handOff();
        });
    }

    @Override
    public ClaimResult claim(String ticket) {
        if (ticket == null) {
            throw Arguments.refusedValue("ticket", null, "a text, of a ticket or not");
        }
        byte @Nullable [] bytes = TicketSeal.parse(ticket);
        return entrance.run(
                "vault.claim",
                operation ->
                        bytes == null ? new ClaimResult.Unknown() : handOffs.claim(operation, bytes, caller, finder));
    }

    @Override
    public Status handOffStatus(KeyId keyId) {
        Objects.requireNonNull(keyId, "keyId");
        return entrance.run("vault.handOffStatus", keyId, operation -> {
            finder.require(operation, caller, keyId);
            return handOffs.status(operation, keyId);
        });
    }

    @Override
    public boolean discard(KeyId keyId) {
        Objects.requireNonNull(keyId, "keyId");
        return entrance.run("vault.discard", keyId, operation -> {
            finder.require(operation, caller, keyId);
            return handOffs.discard(operation, keyId);
        });
    }
}
