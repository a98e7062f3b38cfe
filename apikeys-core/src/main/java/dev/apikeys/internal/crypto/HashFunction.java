package dev.apikeys.internal.crypto;

import java.security.DigestException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * SHA-256 (FIPS 180-4), or HMAC-SHA-256 (RFC 2104) under one key. Each call clones a prepared state, which costs less
 * than looking up the algorithm and needs neither a lock nor a thread local.
 */
public abstract class HashFunction {
    /** The length of a hash. */
    public static final int BYTES = 32;

    private HashFunction() {}

    /** Returns the hash of an input. */
    public abstract byte[] hash(byte[] input);

    /** Overwrites the start of an input of at least 32 bytes with its hash, without allocation. */
    public abstract void hashInPlace(byte[] input);

    /** Returns SHA-256. */
    public static HashFunction sha256() {
        return new Sha256();
    }

    /** Returns HMAC-SHA-256 under a key. */
    public static HmacSha256 hmacSha256(byte[] key) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return new HmacSha256((Mac) mac.clone());
        } catch (GeneralSecurityException | CloneNotSupportedException e) {
            throw unusable("HmacSHA256", e);
        }
    }

    private static final class Sha256 extends HashFunction {
        private final MessageDigest prepared;

        Sha256() {
            try {
                prepared = (MessageDigest) MessageDigest.getInstance("SHA-256").clone();
            } catch (GeneralSecurityException | CloneNotSupportedException e) {
                throw unusable("SHA-256", e);
            }
        }

        @Override
        public byte[] hash(byte[] input) {
            return copy().digest(input);
        }

        @Override
        public void hashInPlace(byte[] input) {
            MessageDigest digest = copy();
            digest.update(input);
            try {
                int unused = digest.digest(input, 0, BYTES);
            } catch (DigestException e) {
                throw new IllegalArgumentException(
                        "input has " + input.length + " bytes; allowed: at least " + BYTES, e);
            }
        }

        private MessageDigest copy() {
            try {
                return (MessageDigest) prepared.clone();
            } catch (CloneNotSupportedException e) {
                throw unusable("SHA-256", e);
            }
        }
    }

    /** HMAC-SHA-256 under one key. */
    public static final class HmacSha256 extends HashFunction {
        private final Mac prepared;

        private HmacSha256(Mac prepared) {
            this.prepared = prepared;
        }

        /** Returns the same function under another key, without looking up the algorithm again. */
        public HmacSha256 under(byte[] key) {
            try {
                Mac mac = (Mac) prepared.clone();
                mac.init(new SecretKeySpec(key, "HmacSHA256"));
                return new HmacSha256(mac);
            } catch (GeneralSecurityException | CloneNotSupportedException e) {
                throw unusable("HmacSHA256", e);
            }
        }

        @Override
        public byte[] hash(byte[] input) {
            return copy().doFinal(input);
        }

        @Override
        public void hashInPlace(byte[] input) {
            System.arraycopy(hash(input), 0, input, 0, BYTES);
        }

        private Mac copy() {
            try {
                return (Mac) prepared.clone();
            } catch (CloneNotSupportedException e) {
                throw unusable("HmacSHA256", e);
            }
        }
    }

    private static IllegalStateException unusable(String algorithm, Exception cause) {
        return new IllegalStateException(
                "The security providers of this JVM offer no " + algorithm + " whose state can be copied", cause);
    }
}
