package dev.apikeys;

import java.util.Objects;

/**
 * The secret that keys stored hashes, so that somebody who can only read or write the table can neither test nor mint a
 * key. Keep it apart from the database. Immutable and thread-safe.
 */
public final class Pepper {
    private static final int MIN_BYTES = 32;
    private static final int MAX_BYTES = 1_024;
    private static final int MAX_ID = 32;

    private final String id;
    private final byte[] bytes;

    private Pepper(String id, byte[] bytes) {
        this.id = id;
        this.bytes = bytes;
    }

    /**
     * A pepper.
     *
     * @param id its public name, which stands beside each hash: 1 to 32 characters of {@code [a-z0-9.-]}
     * @param bytes 32 to 1 024 random bytes; copied
     * @return a pepper
     * @throws IllegalArgumentException if the id is not of that form or the bytes are fewer or more
     */
    public static Pepper of(String id, byte[] bytes) {
        Objects.requireNonNull(bytes, "bytes");
        if (!isValidId(id)) {
            throw Arguments.refused("pepper id", id, "1 to 32 characters of [a-z0-9.-]");
        }
        if (bytes.length < MIN_BYTES || bytes.length > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "pepper " + id + " has " + bytes.length + " bytes; allowed: 32 to 1024 random bytes");
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
     * The public name.
     *
     * @return the id
     */
    public String id() {
        return id;
    }

    byte[] bytes() {
        return bytes;
    }

    /** The id, never the bytes. */
    @Override
    public String toString() {
        return "Pepper[" + id + "]";
    }
}
