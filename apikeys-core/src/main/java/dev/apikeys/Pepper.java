package dev.apikeys;

import java.util.Objects;

/**
 * The HMAC key of stored hashes: without it, access to the table allows neither to test nor to forge a key. Keep it
 * apart from the database. Immutable and thread-safe.
 *
 * @since 0.1
 */
public final class Pepper {
    private static final int MIN_BYTES = 32;
    private static final int MAX_BYTES = 1_024;
    private static final int MAX_ID = 32;

    private final String id;

    /** Transient, to hide it from mappers that read fields. */
    private final transient byte[] bytes;

    private Pepper(String id, byte[] bytes) {
        this.id = id;
        this.bytes = bytes;
    }

    /**
     * Returns a pepper.
     *
     * @param id its public name, stored with each hash: 1 to 32 characters of {@code [a-z0-9.-]}
     * @param bytes 32 to 1 024 random bytes; copied
     * @return a pepper
     * @throws InvalidArgumentException if the id is not of that form or the bytes are fewer or more
     */
    public static Pepper of(String id, byte[] bytes) {
        Objects.requireNonNull(bytes, "bytes");
        if (!isValidId(id)) {
            throw Arguments.refused("pepper id", id, "1 to 32 characters of [a-z0-9.-]");
        }
        if (bytes.length < MIN_BYTES || bytes.length > MAX_BYTES) {
            String allowed = "32 to 1024 random bytes";
            throw Arguments.invalid(
                    "bytes", "pepper " + id + " has " + bytes.length + " bytes; allowed: " + allowed, allowed);
        }
        return new Pepper(id, bytes.clone());
    }

    static boolean isValidId(String id) {
        if (id == null || id.isEmpty() || id.length() > MAX_ID) {
            return false;
        }
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-') {
                return false;
            }
        }
        return true;
    }

    /**
     * Returns the public name.
     *
     * @return the id
     */
    public String id() {
        return id;
    }

    byte[] bytes() {
        return bytes;
    }

    /** Returns the id, never the bytes. */
    @Override
    public String toString() {
        return "Pepper[" + id + "]";
    }
}
