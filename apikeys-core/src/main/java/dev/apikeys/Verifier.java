package dev.apikeys;

import dev.apikeys.KeyFormat.Reading;
import dev.apikeys.OperationListener.Outcome;
import dev.apikeys.RowReader.StoredKey;
import dev.apikeys.Verification.Code;
import dev.apikeys.Verification.Rejected;
import dev.apikeys.Verification.Verified;
import dev.apikeys.internal.cache.StampedCache;
import dev.apikeys.internal.crypto.HashFunction;
import dev.apikeys.internal.crypto.SecretHasher;
import dev.apikeys.internal.crypto.StoredHash;
import dev.apikeys.internal.gate.GatedAuthorizer;
import dev.apikeys.internal.gate.Operation;
import dev.apikeys.internal.gate.Operations;
import dev.apikeys.internal.rows.Dates;
import dev.apikeys.internal.upkeep.Rehash;
import dev.apikeys.internal.upkeep.UsageMeter;
import dev.apikeys.internal.verification.KeyLoader;
import dev.apikeys.internal.verification.VerifierLog;
import dev.apikeys.spi.StorageException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a presented text is a good key and may do what is asked. The first check that fails gives the code; in
 * doubt the answer is no.
 */
final class Verifier {
    private static final int MAX_PRESENTED = 256;

    /** Compared with where there is no key, so that an unknown key takes the time of a wrong secret. */
    private static final StoredHash NOBODY = new StoredHash("", null, new byte[HashFunction.BYTES]);

    /** A request that says nothing but what is presented. */
    private static final VerificationRequest PLAIN = VerificationRequest.of(null);

    private static final Rejected MISSING = new Rejected(Code.MISSING, null, null, Set.of());
    private static final Rejected MALFORMED = new Rejected(Code.MALFORMED, null, null, Set.of());
    private static final Rejected BAD_CHECKSUM = new Rejected(Code.BAD_CHECKSUM, null, null, Set.of());

    private final KeyFormat[] formats;
    private final SecretHasher hasher;
    private final KeyLoader<StoredKey> keys;
    private final @Nullable GatedAuthorizer authorizer;
    private final UsageMeter usage;
    private final Rehash rehash;
    private final Emitter emitter;
    private final VerifierLog log;
    private final Operations operations;
    private final Observers observers;
    private final InstantSource clock;
    private final boolean tellsVerified;
    private final Map<Code, LongAdder> counts = new EnumMap<>(Code.class);

    Verifier(
            SecretHasher hasher,
            KeyLoader<StoredKey> keys,
            @Nullable GatedAuthorizer authorizer,
            UsageMeter usage,
            Rehash rehash,
            Emitter emitter,
            VerifierLog log,
            Operations operations,
            Observers observers,
            ApiKeys.Builder settings) {
        this.formats = settings.formats().toArray(KeyFormat[]::new);
        this.hasher = hasher;
        this.keys = keys;
        this.authorizer = authorizer;
        this.usage = usage;
        this.rehash = rehash;
        this.emitter = emitter;
        this.log = log;
        this.operations = operations;
        this.observers = observers;
        this.clock = settings.clock;
        this.tellsVerified = settings.tellsVerified;
        for (Code code : Code.values()) {
            counts.put(code, new LongAdder());
        }
    }

    Verification verify(VerificationRequest request) {
        return told(request, decide(request.presented, request.access, request));
    }

    /** The short form, without a request to be made for it. */
    Verification verify(@Nullable String presented, Access access) {
        return told(PLAIN, decide(presented, access, PLAIN));
    }

    Verification authorize(Proof proof, VerificationRequest request) {
        return told(request, decide(proof, request));
    }

    /** The id that a presented text claims; proves nothing. */
    Optional<KeyId> claimedId(@Nullable String presented) {
        if (presented == null || presented.length() > MAX_PRESENTED) {
            return Optional.empty();
        }
        byte[] text = bytes(presented);
        for (KeyFormat format : formats) {
            Reading reading = format.read(text);
            if (reading != Reading.OTHER) {
                return Optional.ofNullable(reading == Reading.SECRET ? claimed(format.keyId(text)) : null);
            }
        }
        return Optional.empty();
    }

    boolean recognizes(@Nullable String presented) {
        if (presented == null || presented.length() > MAX_PRESENTED) {
            return false;
        }
        byte[] text = bytes(presented);
        return Arrays.stream(formats).anyMatch(format -> format.read(text) != Reading.OTHER);
    }

    private static @Nullable KeyId claimed(@Nullable String id) {
        return id == null ? null : new KeyId(id);
    }

    /** Whatever is not Latin 1 becomes a question mark, which no format contains. */
    private static byte[] bytes(String presented) {
        return presented.getBytes(StandardCharsets.ISO_8859_1);
    }

    private Verification decide(@Nullable String presented, Access access, VerificationRequest request) {
        if (presented == null) {
            return MISSING;
        }
        if (presented.length() > MAX_PRESENTED) {
            return MALFORMED;
        }
        byte[] text = bytes(presented);
        for (KeyFormat format : formats) {
            Reading reading = format.read(text);
            if (reading != Reading.OTHER) {
                return reading == Reading.SECRET ? decide(presented, access, request, format, text) : BAD_CHECKSUM;
            }
        }
        return presented.isBlank() ? MISSING : MALFORMED;
    }

    private Verification decide(
            String presented, Access access, VerificationRequest request, KeyFormat format, byte[] secret) {
        String id = format.keyId(secret);
        String place = id == null ? hasher.lookup(secret) : id;
        StampedCache.Entry<StoredKey> known = keys.known(place);
        if (known != null && access.resources.isEmpty()) {
            return judge(null, presented, access, format, secret, id, known.value());
        }
        if (known == null && request.cachedOnly && !keys.knows(place)) {
            return new Rejected(Code.NOT_CACHED, claimed(id), null, Set.of());
        }
        Operation operation = begin("verify", id);
        StoredKey stored;
        try {
            stored = known != null
                    ? known.value()
                    : id == null ? keys.loadByLookup(operation, place) : keys.loadById(operation, place);
        } catch (StorageException e) {
            return ended(operation, unavailable(claimed(id), e));
        }
        return ended(operation, judge(operation, presented, access, format, secret, id, stored));
    }

    private Verification decide(Proof proof, VerificationRequest request) {
        String id = proof.id().value();
        StampedCache.Entry<StoredKey> known = keys.known(id);
        if (known != null && request.access.resources.isEmpty()) {
            return judge(null, request, proof, known.value());
        }
        if (known == null && request.cachedOnly && !keys.knows(id)) {
            return new Rejected(Code.NOT_CACHED, proof.id(), null, Set.of());
        }
        Operation operation = begin("authorize", id);
        StoredKey stored;
        try {
            stored = known != null ? known.value() : keys.loadById(operation, id);
        } catch (StorageException e) {
            return ended(operation, unavailable(proof.id(), e));
        }
        return ended(operation, judge(operation, request, proof, stored));
    }

    private Operation begin(String name, @Nullable String id) {
        Operation operation = operations.begin(name);
        return id == null ? operation : operation.about(id);
    }

    private Verification ended(Operation operation, Verification outcome) {
        observers.ended(
                operation,
                switch (outcome.code()) {
                    case VALID -> Outcome.OK;
                    case STORE_UNAVAILABLE, AUTHORIZER_FAILED -> Outcome.FAILED;
                    default -> Outcome.REFUSED;
                });
        return outcome;
    }

    private Rejected unavailable(@Nullable KeyId id, StorageException failure) {
        log.unavailable(id, failure);
        return new Rejected(Code.STORE_UNAVAILABLE, id, null, Set.of(), failure);
    }

    /** Judges a secret by the record of its key. */
    private Verification judge(
            @Nullable Operation operation,
            String presented,
            Access access,
            KeyFormat format,
            byte[] secret,
            @Nullable String id,
            @Nullable StoredKey stored) {
        if (stored == null || stored.hash == null) {
            hasher.hashForNobody(secret);
            boolean unused = NOBODY.isAtStartOf(secret);
            if (stored != null) {
                tellDamaged(stored.key(clock.millis()));
            }
            Code code = stored == null ? Code.UNKNOWN : Code.CORRUPT_RECORD;
            return new Rejected(code, claimed(id), null, Set.of());
        }
        HashFunction function = stored.hash.function;
        if (function == null) {
            log.unknownPepper(stored.hash.pepperId);
            return new Rejected(Code.STORE_UNAVAILABLE, claimed(id), null, Set.of());
        }
        function.hashInPlace(secret);
        if (!stored.hash.isAtStartOf(secret) || !mayHaveThisPepper(stored.hash, format)) {
            return new Rejected(Code.SECRET_MISMATCH, claimed(id), null, Set.of());
        }
        Verification outcome = judgeProven(operation, access, stored, 1);
        if (outcome instanceof Verified && rehash.wants(stored.row, stored.hash)) {
            rehash.offer(stored.row, bytes(presented));
        }
        return outcome;
    }

    /** Judges a proof: all that is refused for a secret is refused here, but for a secret that does not match. */
    private Verification judge(
            @Nullable Operation operation, VerificationRequest request, Proof proof, @Nullable StoredKey stored) {
        if (stored == null) {
            return new Rejected(Code.UNKNOWN, proof.id(), null, Set.of());
        }
        ApiKey key = stored.key(clock.millis());
        if (!key.createdAt().equals(proof.createdAt())) {
            return new Rejected(Code.UNKNOWN, proof.id(), null, Set.of()); // Another key, created anew under the id.
        }
        if (stored.hash == null) {
            tellDamaged(key);
            return rejected(Code.CORRUPT_RECORD, key);
        }
        if (stored.hash.function == null) {
            log.unknownPepper(stored.hash.pepperId);
            return new Rejected(Code.STORE_UNAVAILABLE, proof.id(), null, Set.of());
        }
        KeyFormat format = formatOf(stored);
        if (format == null) {
            return new Rejected(Code.MALFORMED, proof.id(), null, Set.of());
        }
        if (!mayHaveThisPepper(stored.hash, format)) {
            return new Rejected(Code.SECRET_MISMATCH, proof.id(), null, Set.of());
        }
        return judgeProven(operation, request.access, stored, 0);
    }

    /** A registered format that the secret of a key can have: of several, one that accepts hashes without a pepper. */
    private @Nullable KeyFormat formatOf(StoredKey stored) {
        boolean isNative = stored.row.lookup() == null;
        KeyFormat found = null;
        for (KeyFormat format : formats) {
            if (format instanceof KeyFormat.Native == isNative && (found == null || format.acceptsUnpeppered())) {
                found = format;
            }
        }
        return found;
    }

    /** With a pepper configured, a hash without one could be minted with write access to the table. */
    private boolean mayHaveThisPepper(StoredHash hash, KeyFormat format) {
        if (!hash.isUnpeppered() || !hasher.hasPepper() || format.acceptsUnpeppered()) {
            return true;
        }
        log.unpeppered(format);
        return false;
    }

    @SuppressWarnings("ReferenceEquality") // Only a request that says nothing of access has this very object.
    private Verification judgeProven(@Nullable Operation operation, Access access, StoredKey stored, int uses) {
        long now = clock.millis();
        ApiKey key = stored.key(now);
        if (stored.isDamaged()) {
            tellDamaged(key);
            return rejected(Code.CORRUPT_RECORD, key);
        }
        Code ended = switch (key.status()) {
            case REVOKED -> Code.REVOKED;
            case EXPIRED -> Code.EXPIRED;
            case DISABLED -> Code.DISABLED;
            case ACTIVE -> Code.VALID;
        };
        if (ended != Code.VALID) {
            return rejected(ended, key);
        }
        Rejected denial = access == Access.NONE ? null : denial(operation, key, access);
        if (denial != null) {
            return denial;
        }
        usage.add(stored.row.id(), uses, Dates.used(now, stored.row.createdAt()));
        return new Verified(key);
    }

    /**
     * Checks an access.
     *
     * @param operation not null if a resource is asked for
     * @return the denial, or null if it is allowed
     */
    private @Nullable Rejected denial(@Nullable Operation operation, ApiKey key, Access access) {
        Set<String> missing = access.missing(key.granted());
        if (!missing.isEmpty()) {
            return new Rejected(Code.INSUFFICIENT_PERMISSIONS, key.id(), key, missing);
        }
        for (Access.Resource resource : access.resources) {
            if (authorizer == null) {
                log.noAuthorizer();
                return new Rejected(Code.INSUFFICIENT_PERMISSIONS, key.id(), key, Set.of());
            }
            try {
                if (!authorizer.allows(
                        Objects.requireNonNull(operation), key.granted(), resource.path(), resource.action())) {
                    return new Rejected(Code.INSUFFICIENT_PERMISSIONS, key.id(), key, Set.of());
                }
            } catch (RuntimeException e) {
                log.authorizerFailed(key.id(), e);
                return new Rejected(Code.AUTHORIZER_FAILED, key.id(), key, Set.of(), e);
            }
        }
        return null;
    }

    private void tellDamaged(ApiKey key) {
        log.damaged(key.id(), key.damaged());
        if (key.damaged().contains("permissions") && emitter.admits(KeyEvent.Type.PERMISSIONS_QUARANTINED)) {
            emitter.emit(KeyEvent.Type.PERMISSIONS_QUARANTINED, key.id(), clock.millis(), "");
        }
    }

    private static Rejected rejected(Code code, ApiKey key) {
        return new Rejected(code, key.id(), key, Set.of());
    }

    private Verification told(VerificationRequest request, Verification outcome) {
        Objects.requireNonNull(counts.get(outcome.code())).increment();
        if (outcome instanceof Rejected rejected) {
            if (emitter.admits(KeyEvent.Type.REJECTED)) {
                emitter.emit(
                        KeyEvent.Type.REJECTED,
                        rejected.claimedId().orElse(null),
                        clock.millis(),
                        rejected.code(),
                        detail(request, rejected));
            }
        } else if (tellsVerified && emitter.admits(KeyEvent.Type.VERIFIED)) {
            emitter.emit(KeyEvent.Type.VERIFIED, outcome.orElseThrow().id(), clock.millis(), "");
        }
        return outcome;
    }

    private static String detail(VerificationRequest request, Rejected rejected) {
        String missing = rejected.missing().isEmpty() ? "" : "missing " + rejected.missing();
        String from = request.address == null ? "" : "from " + request.address;
        return missing.isEmpty() || from.isEmpty() ? missing + from : missing + ", " + from;
    }

    Map<Code, Long> counts() {
        Map<Code, Long> sums = new EnumMap<>(Code.class);
        counts.forEach((code, count) -> sums.put(code, count.sum()));
        sums.values().removeIf(sum -> sum == 0);
        return sums;
    }
}
