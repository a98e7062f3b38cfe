package dev.apikeys;

import dev.apikeys.internal.text.Failures;
import dev.apikeys.spi.ApiKeyException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of a verification. Answer the caller with {@link #publicCode()} and {@link #httpStatus()}; the rest is
 * for the service's log. Immutable and thread-safe.
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
     * The answer that may be disclosed to the caller.
     *
     * @since 0.1
     */
    enum PublicCode {
        /** The key is valid and grants the access. */
        VALID,
        /** No valid key was presented. */
        UNAUTHENTICATED,
        /** No decision is possible now; retry. */
        UNAVAILABLE,
        /** The key is valid, but its record is damaged. */
        FORBIDDEN,
        /** The key is revoked. */
        REVOKED,
        /** The key has expired. */
        EXPIRED,
        /** The key is switched off. */
        DISABLED,
        /** The key does not grant the access. */
        INSUFFICIENT_PERMISSIONS
    }

    /**
     * The precise result, in the order of the checks. Later versions may add codes: a {@code switch} needs a default
     * that denies.
     *
     * @since 0.1
     */
    enum Code {
        /** All checks passed. */
        VALID(PublicCode.VALID, 200),
        /** The presented text is null or blank. */
        MISSING(PublicCode.UNAUTHENTICATED, 401),
        /** Too long, or of no registered format. */
        MALFORMED(PublicCode.UNAUTHENTICATED, 401),
        /** The checksum is wrong: a typo or a guess. */
        BAD_CHECKSUM(PublicCode.UNAUTHENTICATED, 401),
        /** The request allows only the cache, and the record is not cached. */
        NOT_CACHED(PublicCode.UNAVAILABLE, 503),
        /** The store did not answer, or the pepper of the key's hash is not configured. */
        STORE_UNAVAILABLE(PublicCode.UNAVAILABLE, 503),
        /** No such key exists. */
        UNKNOWN(PublicCode.UNAUTHENTICATED, 401),
        /** The key exists, with another secret. */
        SECRET_MISMATCH(PublicCode.UNAUTHENTICATED, 401),
        /** A stored field cannot be read. */
        CORRUPT_RECORD(PublicCode.FORBIDDEN, 403),
        /** The key is revoked. */
        REVOKED(PublicCode.REVOKED, 401),
        /** The key has expired. */
        EXPIRED(PublicCode.EXPIRED, 401),
        /** The key is switched off. */
        DISABLED(PublicCode.DISABLED, 403),
        /** The key does not grant the requested access. */
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
     * Returns the precise result.
     *
     * @return the code, for logs and decisions inside the service
     */
    Code code();

    /**
     * Returns the code that may be disclosed to the caller: the same for an unknown key and a wrong secret.
     *
     * @return the public code
     */
    default PublicCode publicCode() {
        return code().publicCode;
    }

    /**
     * Returns the matching HTTP status (RFC 9110).
     *
     * @return 200, 401, 403 or 503
     */
    default int httpStatus() {
        return code().httpStatus;
    }

    /**
     * Returns the delay before a retry makes sense.
     *
     * @return one second if the public code is UNAVAILABLE, otherwise empty
     */
    default Optional<Duration> retryAfter() {
        return publicCode() == PublicCode.UNAVAILABLE ? Optional.of(Duration.ofSeconds(1)) : Optional.empty();
    }

    /**
     * Returns the key if its secret was proven, even if it was rejected for another reason.
     *
     * @return the key as of the verification, which may rest on a cached record; empty if no secret was proven
     */
    Optional<ApiKey> provenKey();

    /**
     * Returns the key if it was verified.
     *
     * @return the key
     * @throws RejectedException if the verification was rejected
     */
    ApiKey orElseThrow();

    /**
     * The presented text is a valid key and grants the requested access.
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
         * Returns the proof of this verification, for a session; see {@link ApiKeyManager#authorize}.
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

        /** Returns the code and the id. */
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
        private final @Nullable Throwable failure;

        Rejected(Code code, @Nullable KeyId claimedId, @Nullable ApiKey key, Set<String> missing) {
            this(code, claimedId, key, missing, null);
        }

        Rejected(
                Code code,
                @Nullable KeyId claimedId,
                @Nullable ApiKey key,
                Set<String> missing,
                @Nullable Throwable failure) {
            this.code = code;
            this.claimedId = claimedId;
            this.key = key;
            this.missing = missing;
            this.failure = failure;
        }

        @Override
        public Code code() {
            return code;
        }

        /** Returns the public code. A damaged record is not disclosed before the key's secret is proven. */
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
         * Returns the permissions that were requested but not granted. For the log.
         *
         * @return the names, sorted; empty unless the code is {@link Code#INSUFFICIENT_PERMISSIONS}, and also if it was
         *     a resource that was denied
         */
        public Set<String> missing() {
            return missing;
        }

        /**
         * Returns the failure of the store or the authorizer that led to this rejection. For the log.
         *
         * @return the classes of the failure and of its causes, and the place of the innermost, never a message, which can
         *     hold a hash; empty if nothing failed, also for {@link Code#STORE_UNAVAILABLE} if a pepper is missing
         */
        public Optional<String> failure() {
            return Optional.ofNullable(failure).map(Failures::shown);
        }

        @Override
        public ApiKey orElseThrow() {
            throw new RejectedException(this);
        }

        /** Returns the code and, if one could be read, the claimed id. */
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

        /** The only part of the rejection that is serialized. */
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
         * @return the rejection; with the code only if this exception was deserialized
         */
        public Rejected rejected() {
            return rejected == null ? new Rejected(code, null, null, Set.of()) : rejected;
        }
    }
}
