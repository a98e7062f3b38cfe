package dev.apikeys;

import dev.apikeys.Verification.Code;
import dev.apikeys.Verification.Rejected;
import dev.apikeys.Verification.Verified;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides whether a presented text is a good key and may do what is asked. The first check that fails gives the code; in
 * doubt the answer is no.
 */
final class Verifier {
    private static final Logger LOG = LoggerFactory.getLogger(Verifier.class);
    private static final int MAX_PRESENTED = 256;
    private static final int MAX_PEPPERS_TOLD = 100;

    /** Compared with where there is no key, so that an unknown key takes the time of a wrong secret. */
    private static final byte[] NOBODY = new byte[HashFunction.BYTES];

    private static final Rejected MISSING = new Rejected(Code.MISSING, null, null, Set.of());
    private static final Rejected MALFORMED = new Rejected(Code.MALFORMED, null, null, Set.of());
    private static final Rejected BAD_CHECKSUM = new Rejected(Code.BAD_CHECKSUM, null, null, Set.of());

    private final KeyFormat[] formats;
    private final SecretHasher hasher;
    private final RowReader rows;
    private final KeyLoader keys;
    private final @Nullable GatedAuthorizer authorizer;
    private final UsageMeter usage;
    private final Rehash rehash;
    private final Emitter emitter;
    private final Operations operations;
    private final InstantSource clock;
    private final boolean tellsVerified;

    private final Map<Code, LongAdder> counts = new EnumMap<>(Code.class);
    private final Set<String> pepperIdsTold = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean toldNoAuthorizer = new AtomicBoolean();
    private final RateLimit logged;

    Verifier(
            Engine engine,
            LongSupplier nanos,
            List<KeyFormat> formats,
            @Nullable GatedAuthorizer authorizer,
            boolean tellsVerified,
            @Nullable Duration operationTimeout,
            Duration staleOnOutage) {
        this.logged = new RateLimit(1, nanos);
        this.formats = formats.toArray(KeyFormat[]::new);
        this.hasher = engine.hasher();
        this.rows = engine.rows();
        this.keys = new KeyLoader(engine.cache(), engine.store(), this::read, nanos, operationTimeout, staleOnOutage);
        this.authorizer = authorizer;
        this.usage = engine.usage();
        this.rehash = engine.rehash();
        this.emitter = engine.emitter();
        this.operations = engine.operations();
        this.clock = engine.clock();
        this.tellsVerified = tellsVerified;
        for (Code code : Code.values()) {
            counts.put(code, new LongAdder());
        }
    }

    Verification verify(@Nullable String presented, Access access) {
        Verification outcome = decide(presented, access);
        counter(outcome.code()).increment();
        if (outcome instanceof Rejected rejected) {
            tell(rejected);
        } else if (tellsVerified && emitter.admits(KeyEvent.Type.VERIFIED)) {
            emitter.emit(KeyEvent.Type.VERIFIED, outcome.orElseThrow().id(), clock.millis(), "");
        }
        return outcome;
    }

    private LongAdder counter(Code code) {
        return Objects.requireNonNull(counts.get(code));
    }

    private void tell(Rejected rejected) {
        if (emitter.admits(KeyEvent.Type.REJECTED)) {
            emitter.emit(new KeyEvent(
                    KeyEvent.Type.REJECTED,
                    rejected.claimedId().orElse(null),
                    Instant.ofEpochMilli(clock.millis()),
                    rejected.code(),
                    rejected.missing().isEmpty() ? "" : "missing " + rejected.missing()));
        }
    }

    private Verification decide(@Nullable String text, Access access) {
        if (text == null) {
            return MISSING;
        }
        if (text.length() > MAX_PRESENTED) {
            return MALFORMED;
        }
        Presented presented = parse(text);
        if (presented == null) {
            return text.isBlank() ? MISSING : MALFORMED;
        }
        if (presented == Presented.MISTYPED) {
            return BAD_CHECKSUM;
        }
        Operation operation = operations.of("verify", presented.id);
        StoredKey stored;
        try {
            stored = stored(operation, presented);
        } catch (StorageException e) {
            if (logged.admits()) {
                LOG.warn("A verification of {} could not ask the store", claimedId(presented), e);
            }
            return new Rejected(Code.STORE_UNAVAILABLE, claimedId(presented), null, Set.of());
        }
        return decide(operation, presented, stored, access);
    }

    private @Nullable Presented parse(String text) {
        // Whatever is not Latin 1 becomes a question mark, which no format contains.
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        for (KeyFormat format : formats) {
            Presented presented = format.parse(bytes);
            if (presented != null) {
                return presented;
            }
        }
        return null;
    }

    private @Nullable StoredKey stored(Operation operation, Presented presented) {
        return presented.id != null
                ? keys.byId(operation, presented.id)
                : keys.byLookup(operation, hasher.lookup(presented.text));
    }

    private StoredKey read(KeyRow row) {
        if (!KeyId.isValid(row.id())) {
            throw new StorageException("The store gave a row whose id is no key id", null);
        }
        StoredKey stored = rows.read(row, clock.millis());
        if (stored.isDamaged()) {
            tellDamaged(stored);
        }
        return stored;
    }

    private void tellDamaged(StoredKey stored) {
        ApiKey key = stored.key(clock.millis());
        if (logged.admits()) {
            LOG.warn(
                    "The stored fields {} of key {} cannot be read: it is denied until they are repaired",
                    key.damaged(),
                    key.id());
        }
        if (key.damaged().contains("permissions") && emitter.admits(KeyEvent.Type.PERMISSIONS_QUARANTINED)) {
            emitter.emit(KeyEvent.Type.PERMISSIONS_QUARANTINED, key.id(), clock.millis(), "");
        }
    }

    private Verification decide(Operation operation, Presented presented, @Nullable StoredKey stored, Access access) {
        if (stored == null || stored.hash == null) {
            boolean unused = MessageDigest.isEqual(NOBODY, hasher.digestForNobody(presented.text));
            Code code = stored == null ? Code.UNKNOWN : Code.CORRUPT_RECORD;
            return new Rejected(code, claimedId(presented), null, Set.of());
        }
        HashFunction function = stored.hash.function;
        if (function == null) {
            tellUnknownPepper(stored.hash.pepperId);
            return new Rejected(Code.STORE_UNAVAILABLE, claimedId(presented), null, Set.of());
        }
        if (!stored.hash.equalsDigest(function.hash(presented.text)) || !mayBeUnpeppered(presented, stored.hash)) {
            return new Rejected(Code.SECRET_MISMATCH, claimedId(presented), null, Set.of());
        }
        return decideProven(operation, presented, stored, access);
    }

    /** With a pepper configured, a hash without one could have been written by anybody who can write the table. */
    private boolean mayBeUnpeppered(Presented presented, StoredHash hash) {
        if (!hash.isUnpeppered() || !hasher.hasPepper() || presented.format.acceptsUnpeppered()) {
            return true;
        }
        if (isNews("")) {
            LOG.error(
                    "A key whose stored hash is under no pepper was refused. If such keys are yours, give"
                            + " ApiKeys.Builder.format or alsoAccept, whichever names {}, that format"
                            + " acceptingUnpeppered()",
                    presented.format);
        }
        return false;
    }

    private void tellUnknownPepper(String pepperId) {
        if (isNews(pepperId)) {
            LOG.error(
                    "There are keys whose hash is under the pepper {}, which is not configured: they cannot be verified. Give"
                            + " it with ApiKeys.Builder.retiredPepper",
                    pepperId);
        }
    }

    private boolean isNews(String pepperId) {
        return pepperIdsTold.size() < MAX_PEPPERS_TOLD && pepperIdsTold.add(pepperId);
    }

    private Verification decideProven(Operation operation, Presented presented, StoredKey stored, Access access) {
        long now = clock.millis();
        ApiKey key = stored.key(now);
        if (stored.isDamaged()) {
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
        Code denial = access == Access.NONE ? null : denial(operation, key, access);
        if (denial != null) {
            return new Rejected(denial, key.id(), key, access.missing(key.granted()));
        }
        usage.add(key.id().value(), 1, now);
        rehash.offer(stored, presented.text);
        return new Verified(key);
    }

    private @Nullable Code denial(Operation operation, ApiKey key, Access access) {
        if (!access.missing(key.granted()).isEmpty()) {
            return Code.INSUFFICIENT_PERMISSIONS;
        }
        for (Access.Resource resource : access.resources) {
            if (authorizer == null) {
                tellNoAuthorizer();
                return Code.INSUFFICIENT_PERMISSIONS;
            }
            try {
                if (!authorizer.allows(operation, key.granted(), resource)) {
                    return Code.INSUFFICIENT_PERMISSIONS;
                }
            } catch (RuntimeException e) {
                if (logged.admits()) {
                    LOG.warn("The authorizer failed on {}: denied", key.id(), e);
                }
                return Code.AUTHORIZER_FAILED;
            }
        }
        return null;
    }

    private void tellNoAuthorizer() {
        if (toldNoAuthorizer.compareAndSet(false, true)) {
            LOG.warn(
                    "Access to a resource was asked for and denied, as all will be: no authorizer is set. Give one with"
                            + " ApiKeys.Builder.authorizer");
        }
    }

    private static Rejected rejected(Code code, ApiKey key) {
        return new Rejected(code, key.id(), key, Set.of());
    }

    private static @Nullable KeyId claimedId(Presented presented) {
        return presented.id == null ? null : new KeyId(presented.id);
    }

    long hits() {
        return keys.hits();
    }

    long misses() {
        return keys.misses();
    }

    Map<Code, Long> counts() {
        Map<Code, Long> sums = new EnumMap<>(Code.class);
        counts.forEach((code, count) -> {
            long sum = count.sum();
            if (sum > 0) {
                sums.put(code, sum);
            }
        });
        return sums;
    }
}
