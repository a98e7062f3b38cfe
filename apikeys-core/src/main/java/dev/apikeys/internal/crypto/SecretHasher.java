package dev.apikeys.internal.crypto;

import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Creates and parses stored hashes: {@code hmac-sha256$<pepper id>$<hex>}, or {@code sha256$$<hex>} without a pepper.
 * No slow password hash: with 256 random bits, brute force is infeasible.
 */
public final class SecretHasher {
    private static final String HMAC = "hmac-sha256$";
    private static final String PLAIN = "sha256$$";
    private static final Pattern PEPPER_ID = Pattern.compile("[a-z0-9.-]{1,32}");
    private static final HexFormat HEX = HexFormat.of();

    private final HashFunction plain = HashFunction.sha256();
    private final Map<String, HashFunction> peppers;
    private final HashFunction current;
    private final String currentPepperId;
    private final String currentPrefix;

    /**
     * Creates a hasher.
     *
     * @param peppers the functions of all peppers, by the pepper's id
     * @param current the id of the pepper of new hashes, or null for none
     */
    public SecretHasher(Map<String, HashFunction> peppers, @Nullable String current) {
        this.peppers = Map.copyOf(peppers);
        this.current = current == null ? plain : Objects.requireNonNull(peppers.get(current));
        this.currentPepperId = current == null ? "" : current;
        this.currentPrefix = current == null ? PLAIN : HMAC + current + "$";
    }

    /** Returns whether a text can be the id of a pepper: 1 to 32 characters of {@code [a-z0-9.-]}. */
    public static boolean isPepperId(@Nullable String id) {
        return id != null && PEPPER_ID.matcher(id).matches();
    }

    /** Returns the text to store for a new secret. */
    public String store(byte[] secret) {
        return currentPrefix + HEX.formatHex(current.hash(secret));
    }

    /** Returns the lookup value of a key of a foreign format: the plain SHA-256 in hexadecimal. */
    public String lookup(byte[] secret) {
        return HEX.formatHex(plain.hash(secret));
    }

    public boolean hasPepper() {
        return !currentPepperId.isEmpty();
    }

    public boolean isCurrent(StoredHash hash) {
        return hash.pepperId.equals(currentPepperId);
    }

    /** Hashes in vain, so that a missing key takes as long as a comparison. */
    public void hashForNobody(byte[] secret) {
        current.hashInPlace(secret);
    }

    /** Parses a stored text; returns null if it is of neither form. */
    public @Nullable StoredHash read(String stored) {
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
        return digest == null || !isPepperId(pepperId) ? null : new StoredHash(pepperId, peppers.get(pepperId), digest);
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
