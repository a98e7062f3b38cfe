package dev.apikeys;

import dev.apikeys.internal.crypto.HashFunction;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Creates and parses stored hashes: {@code hmac-sha256$<pepper id>$<hex>}, or {@code sha256$$<hex>} without a pepper.
 * No slow password hash: with 256 random bits, brute force is infeasible.
 */
final class SecretHasher {
    private static final String HMAC = "hmac-sha256$";
    private static final String PLAIN = "sha256$$";
    private static final HexFormat HEX = HexFormat.of();

    private final HashFunction plain = HashFunction.sha256();
    private final Map<String, HashFunction> peppers = new HashMap<>();
    private final HashFunction current;
    private final String currentPepperId;
    private final String currentPrefix;

    SecretHasher(@Nullable Pepper current, List<Pepper> retired) {
        for (Pepper pepper : retired) {
            add(pepper);
        }
        if (current == null) {
            this.current = plain;
            this.currentPepperId = "";
            this.currentPrefix = PLAIN;
        } else {
            this.current = add(current);
            this.currentPepperId = current.id();
            this.currentPrefix = HMAC + current.id() + "$";
        }
    }

    private HashFunction add(Pepper pepper) {
        HashFunction function = HashFunction.hmacSha256(pepper.bytes());
        if (peppers.put(pepper.id(), function) != null) {
            throw Arguments.invalid(
                    "retiredPepper",
                    "pepper id " + pepper.id() + " is given twice; allowed: each id once",
                    "each id once");
        }
        return function;
    }

    /** Returns the text to store for a new secret. */
    String store(byte[] secret) {
        return currentPrefix + HEX.formatHex(current.hash(secret));
    }

    /** Returns the lookup value of a key of a foreign format: the plain SHA-256 in hexadecimal. */
    String lookup(byte[] secret) {
        return HEX.formatHex(plain.hash(secret));
    }

    boolean hasPepper() {
        return !currentPepperId.isEmpty();
    }

    boolean isCurrent(StoredHash hash) {
        return hash.pepperId.equals(currentPepperId);
    }

    /** Hashes in vain, so that a missing key takes as long as a comparison. */
    void hashForNobody(byte[] secret) {
        current.hashInPlace(secret);
    }

    /** Parses a stored text; returns null if it is of neither form. */
    @Nullable StoredHash read(String stored) {
        if (stored.startsWith(PLAIN)) {
            byte[] digest = digest(stored, PLAIN.length());
            return digest == null ? null : new StoredHash("", plain, digest);
        }
        int end = stored.startsWith(HMAC) ? stored.indexOf('$', HMAC.length()) : -1;
        if (end < 0) {
            return null;
        }
        String pepperId = stored.substring(HMAC.length(), end);
        byte[] digest = digest(stored, end + 1);
        return digest == null || !Pepper.isValidId(pepperId)
                ? null
                : new StoredHash(pepperId, peppers.get(pepperId), digest);
    }

    private static byte @Nullable [] digest(String stored, int from) {
        if (stored.length() - from != 2 * HashFunction.BYTES) {
            return null;
        }
        for (int i = from; i < stored.length(); i++) {
            if (!HexFormat.isHexDigit(stored.charAt(i))) {
                return null;
            }
        }
        return HEX.parseHex(stored, from, stored.length());
    }
}
