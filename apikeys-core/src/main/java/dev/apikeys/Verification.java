package dev.apikeys;

import dev.apikeys.spi.ApiKeyException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of a verification. Answer the caller with {@link #publicCode()} and {@link #httpStatus()}; the rest is for
 * the service's own log. Immutable and thread-safe.
 *
 * <pre>{@code
 * if (keys.verify(presented, UPLOAD) instanceof Verification.Verified verified) {
 *     store(verified.key().owner(), upload);
 * }
 * }</pre>
 *
 * @since 0.1
 */
public sealed interface Verification permits Verification.Verified, Verification.Rejected {

    /**
     * The answer that the caller may see.
     *
     * @since 0.1
     */
    enum PublicCode {
        /** All is well. */
        VALID,
        /** No good key was presented. */
        UNAUTHENTICATED,
        /** Nothing can be said now; try again. */
        UNAVAILABLE,
        /** The key is good, its record is not. */
        FORBIDDEN,
        /** The key is revoked. */
        REVOKED,
        /** The key has expired. */
        EXPIRED,
        /** The key is switched off. */
        DISABLED,
        /** The key may not do this. */
        INSUFFICIENT_PERMISSIONS
    }

    /**
     * The finding, in the order in which it is looked for. Later versions may add codes: a {@code switch} needs a
     * default that denies.
     *
     * @since 0.1
     */
    enum Code {
        /** Everything passed. */
        VALID(PublicCode.VALID, 200),
        /** Null or blank was presented. */
        MISSING(PublicCode.UNAUTHENTICATED, 401),
        /** Too long, or of no registered format. */
        MALFORMED(PublicCode.UNAUTHENTICATED, 401),
        /** The checksum is wrong: a typo or a guess. */
        BAD_CHECKSUM(PublicCode.UNAUTHENTICATED, 401),
        /** The request asked for the cache alone, and the record is not there. */
        NOT_CACHED(PublicCode.UNAVAILABLE, 503),
        /** The store did not answer, or the pepper of the key's hash is not configured. */
        STORE_UNAVAILABLE(PublicCode.UNAVAILABLE, 503),
        /** There is no such key. */
        UNKNOWN(PublicCode.UNAUTHENTICATED, 401),
        /** There is such a key, with another secret. */
        SECRET_MISMATCH(PublicCode.UNAUTHENTICATED, 401),
        /** A stored field cannot be read. */
        CORRUPT_RECORD(PublicCode.FORBIDDEN, 403),
        /** The key is revoked. */
        REVOKED(PublicCode.REVOKED, 401),
        /** The key has expired. */
        EXPIRED(PublicCode.EXPIRED, 401),
        /** The key is switched off. */
        DISABLED(PublicCode.DISABLED, 403),
        /** The key does not grant what was asked for. */
        INSUFFICIENT_PERMISSIONS(PublicCode.INSUFFICIENT_PERMISSIONS, 403),
        /** The authorizer threw or did not answer. */
        AUTHORIZER_FAILED(PublicCode.UNAVAILABLE, 503);

        private final PublicCode publicCode;
        private final int httpStatus;

        Code(PublicCode publicCode, int httpStatus) {
            this.publicCode = publicCode;
            this.httpStatus = httpStatus;
        }
    }

    /**
     * Returns what was found.
     *
     * @return the code, for logs and decisions inside the service
     */
    Code code();

    /**
     * Returns what the caller may see: the same for an unknown key and a wrong secret.
     *
     * @return the public code
     */
    default PublicCode publicCode() {
        return code().publicCode;
    }

    /**
     * Returns the HTTP status that fits (RFC 9110).
     *
     * @return 200, 401, 403 or 503
     */
    default int httpStatus() {
        return code().httpStatus;
    }

    /**
     * Returns after how long asking again makes sense.
     *
     * @return one second if the public code is UNAVAILABLE, otherwise empty
     */
    default Optional<Duration> retryAfter() {
        return publicCode() == PublicCode.UNAVAILABLE ? Optional.of(Duration.ofSeconds(1)) : Optional.empty();
    }

    /**
     * Returns the key, once its secret was proven; also of a rejection for another reason.
     *
     * @return the key as of the verification, which may rest on a cached record; empty if no secret was proven
     */
    Optional<ApiKey> provenKey();

    /**
     * Returns the key, if all is well.
     *
     * @return the key
     * @throws RejectedException if the verification was rejected
     */
    ApiKey orElseThrow();

    /**
     * The presented text is a good key and may do what was asked.
     *
     * @since 0.1
     */
    final class Verified implements Verification {
        private final ApiKey key;

        Verified(ApiKey key) {
            this.key = key;
        }

        @Override
        public Code code() {
            return Code.VALID;
        }

        /**
         * Returns the key.
         *
         * @return the key as of the verification, which may rest on a cached record
         */
        public ApiKey key() {
            return key;
        }

        /**
         * Returns what stands for this verification in a session; see {@link ApiKeyManager#authorize}.
         *
         * @return the id of the key and when it was created
         */
        public Proof proof() {
            return new Proof(key.id(), key.createdAt());
        }

        @Override
        public Optional<ApiKey> provenKey() {
            return Optional.of(key);
        }

        @Override
        public ApiKey orElseThrow() {
            return key;
        }

        /** The code and the id. */
        @Override
        public String toString() {
            return "Verified[" + key.id() + "]";
        }
    }

    /**
     * Any other outcome.
     *
     * @since 0.1
     */
    final class Rejected implements Verification {
        private final Code code;
        private final @Nullable KeyId claimedId;
        private final @Nullable ApiKey key;
        private final Set<String> missing;

        Rejected(Code code, @Nullable KeyId claimedId, @Nullable ApiKey key, Set<String> missing) {
            this.code = code;
            this.claimedId = claimedId;
            this.key = key;
            this.missing = missing;
        }

        @Override
        public Code code() {
            return code;
        }

        /** A damaged record is a secret of the service until the key's secret is proven. */
        @Override
        public PublicCode publicCode() {
            return isUnprovenCorrupt() ? PublicCode.UNAUTHENTICATED : code.publicCode;
        }

        @Override
        public int httpStatus() {
            return isUnprovenCorrupt() ? Code.UNKNOWN.httpStatus : code.httpStatus;
        }

        private boolean isUnprovenCorrupt() {
            return code == Code.CORRUPT_RECORD && key == null;
        }

        @Override
        public Optional<ApiKey> provenKey() {
            return Optional.ofNullable(key);
        }

        /**
         * Returns the id in the presented text or in the proof, proven or not. For the log.
         *
         * @return the id, or empty if the text held none, or its checksum was wrong
         */
        public Optional<KeyId> claimedId() {
            return Optional.ofNullable(claimedId);
        }

        /**
         * Returns the permissions that were asked for and are not granted. For the log.
         *
         * @return the names, sorted; empty unless the code is {@link Code#INSUFFICIENT_PERMISSIONS}, and also then if a
         *     resource was asked for and denied
         */
        public Set<String> missing() {
            return missing;
        }

        @Override
        public ApiKey orElseThrow() {
            throw new RejectedException(this);
        }

        /** The code and, if one could be read, the id that was claimed. */
        @Override
        public String toString() {
            return "Rejected[" + code + (claimedId == null ? "" : ", " + claimedId) + "]";
        }
    }

    /**
     * A rejection as an exception, for {@link Verification#orElseThrow()}; its message holds only the public code.
     * Immutable and thread-safe.
     *
     * @since 0.1
     */
    final class RejectedException extends ApiKeyException {
        private static final long serialVersionUID = 1L;

        /** All that is left of the rejection once this exception was serialized. */
        private final Code code;

        private final transient @Nullable Rejected rejected;

        RejectedException(Rejected rejected) {
            super(rejected.publicCode().name(), null);
            this.code = rejected.code();
            this.rejected = rejected;
        }

        /**
         * Returns the outcome.
         *
         * @return the rejection; its code alone if this exception was serialized
         */
        public Rejected rejected() {
            return rejected == null ? new Rejected(code, null, null, Set.of()) : rejected;
        }
    }
}
