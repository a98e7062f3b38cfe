package dev.apikeys;

import dev.apikeys.internal.concurrent.Admissions;
import dev.apikeys.internal.concurrent.RateLimit;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempRow;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The vault: seals in core, so that the store holds nothing that opens. */
final class DefaultTempKeyVault implements TempKeyVault {
    private static final Logger LOG = LoggerFactory.getLogger(DefaultTempKeyVault.class);
    private static final int MAX_SECRET_BYTES = 256;

    private final GatedTempStore store;
    private final TicketSeal seal;
    private final Admissions admissions;
    private final Operations operations;
    private final Emitter emitter;
    private final InstantSource clock;

    /** Whoever holds a ticket can present it at will. */
    private final RateLimit logged;

    DefaultTempKeyVault(
            GatedTempStore store,
            TicketSeal seal,
            Admissions admissions,
            Operations operations,
            Emitter emitter,
            InstantSource clock,
            LongSupplier nanos) {
        this.store = store;
        this.seal = seal;
        this.admissions = admissions;
        this.operations = operations;
        this.emitter = emitter;
        this.clock = clock;
        this.logged = new RateLimit(1, nanos);
    }

    @Override
    public HandOff put(KeyId keyId, Secret secret, Duration within) {
        Objects.requireNonNull(keyId, "keyId");
        Objects.requireNonNull(secret, "secret");
        Arguments.positive("within", within);
        if (secret.bytes().length > MAX_SECRET_BYTES) {
            throw new IllegalArgumentException(
                    "secret has " + secret.bytes().length + " bytes; allowed: at most " + MAX_SECRET_BYTES);
        }
        return admissions.inside(() -> put(operations.of("vault.put", keyId.value()), keyId, secret, within));
    }

    /** As a step of another operation. */
    HandOff put(Operation operation, KeyId keyId, Secret secret, Duration within) {
        long now = clock.millis();
        long deadline = now + within.toMillis();
        Secret ticket = seal.newTicket();
        String sealed = seal.seal(ticket.bytes(), keyId.value(), deadline, secret);
        String hash = seal.hash(ticket.bytes());
        try {
            store.insert(operation, new TempRow(hash, keyId.value(), sealed, now, deadline, null));
        } catch (StorageException e) {
            if (e.outcomeUnknown()) {
                takeBack(operation, keyId, hash);
            }
            throw e;
        }
        return new HandOff(keyId, ticket, Instant.ofEpochMilli(deadline));
    }

    /** Wipes what was put, if nobody was told its ticket. */
    void takeBack(Operation operation, HandOff handOff) {
        takeBack(operation, handOff.keyId(), seal.hash(handOff.ticket().bytes()));
    }

    /** By ticket, not by key: another create of the same id may have put something as well, and succeeded. */
    private void takeBack(Operation operation, KeyId keyId, String ticketHash) {
        store.settleLater(
                operation,
                ticketHash,
                clock.millis(),
                e -> LOG.warn(
                        "What was put into the vault for key {} and given to nobody could not be taken back; it expires by"
                                + " itself",
                        keyId,
                        e));
    }

    @Override
    public ClaimResult claim(String ticket) {
        Objects.requireNonNull(ticket, "ticket");
        byte[] bytes = TicketSeal.parse(ticket);
        return admissions.inside(() -> {
            ClaimResult result = bytes == null ? new ClaimResult.Unknown() : claim(bytes);
            if (result instanceof ClaimResult.AlreadyClaimed again && emitter.admitsClaimedAgain(again.keyId())) {
                emitter.emit(KeyEvent.Type.CLAIMED_AGAIN, again.keyId(), clock.millis(), "first at " + again.at());
            }
            return result;
        });
    }

    private ClaimResult claim(byte[] ticket) {
        String hash = seal.hash(ticket);
        Operation operation = operations.of("vault.claim");
        TempRow row = store.find(operation, hash);
        long now = clock.millis();
        ClaimResult refusal = refusal(row, now);
        if (row == null || row.sealed() == null || refusal != null) {
            return refusal == null ? new ClaimResult.Unknown() : refusal;
        }
        Secret secret = seal.open(ticket, row.keyId(), row.deadline(), row.sealed());
        if (secret == null) {
            if (logged.admits()) {
                LOG.error(
                        "What is sealed for key {} does not open with its own ticket: the row was changed",
                        row.keyId());
            }
            return new ClaimResult.Unknown();
        }
        return settle(operation, row, now, secret);
    }

    /** The one conditional write decides; the secret leaves only if it was this claim's. */
    private ClaimResult settle(Operation operation, TempRow row, long now, Secret secret) {
        boolean won = false;
        try {
            won = store.settle(operation, row.ticketHash(), now);
        } finally {
            if (!won) {
                secret.destroy();
            }
        }
        if (won) {
            KeyId id = new KeyId(row.keyId());
            emitter.emit(KeyEvent.Type.CLAIMED, id, now, "");
            return new ClaimResult.Claimed(id, secret);
        }
        ClaimResult refusal = refusal(store.find(operation, row.ticketHash()), now);
        if (refusal == null) {
            throw new StorageException("The temp key store neither settled a live row nor says why; ask again", null);
        }
        return refusal;
    }

    private static @Nullable ClaimResult refusal(@Nullable TempRow row, long now) {
        if (row == null || !KeyId.isValid(row.keyId())) {
            return new ClaimResult.Unknown();
        }
        if (row.deadline() <= now) {
            return new ClaimResult.Expired(Instant.ofEpochMilli(row.deadline()));
        }
        Long settledAt = row.settledAt();
        return settledAt == null
                ? null
                : new ClaimResult.AlreadyClaimed(new KeyId(row.keyId()), Instant.ofEpochMilli(settledAt));
    }

    @Override
    public Optional<Instant> peek(KeyId keyId) {
        Objects.requireNonNull(keyId, "keyId");
        return admissions.inside(() -> {
            TempRow row = store.findByKey(operations.of("vault.peek", keyId.value()), keyId.value());
            return row == null || row.deadline() <= clock.millis()
                    ? Optional.empty()
                    : Optional.of(Instant.ofEpochMilli(row.deadline()));
        });
    }

    @Override
    public boolean discard(KeyId keyId) {
        Objects.requireNonNull(keyId, "keyId");
        return admissions.inside(() -> store.discard(operations.of("vault.discard", keyId.value()), keyId.value()) > 0);
    }

    /** After a change that ends a key's hand-off. The change is done: that this fails is for the log. */
    void discardAfter(Operation operation, KeyId keyId) {
        store.discardLater(
                operation,
                keyId.value(),
                e -> LOG.warn(
                        "What waited in the vault for key {} could not be discarded; it expires by itself", keyId, e));
    }

    int purge(Operation operation, long before, int limit) {
        return store.purge(operation, before, limit);
    }
}
