package dev.apikeys;

import dev.apikeys.internal.crypto.HashFunction;
import dev.apikeys.internal.crypto.SecretHasher;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The HMAC key of stored hashes: without it, access to the table allows neither to test nor to forge a key. Keep it
 * apart from the database. Immutable and thread-safe.
 *
 * @since 0.1
 */
public final class Pepper {
    private static final int MIN_BYTES = 32;
    private static final int MAX_BYTES = 1_024;

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
        if (!SecretHasher.isPepperId(id)) {
            throw Arguments.refused("pepper id", id, "1 to 32 characters of [a-z0-9.-]");
        }
        if (bytes.length < MIN_BYTES || bytes.length > MAX_BYTES) {
            String allowed = "32 to 1024 random bytes";
            throw Arguments.invalid(
                    "bytes", "pepper " + id + " has " + bytes.length + " bytes; allowed: " + allowed, allowed);
        }
        return new Pepper(id, bytes.clone());
    }

    /**
     * Returns the public name.
     *
     * @return the id
     */
    public String id() {
        return id;
    }

    /** Returns what hashes secrets under the current pepper, or none, and knows the hashes under retired ones. */
    static SecretHasher hasher(@Nullable Pepper current, List<Pepper> retired) {
        Map<String, HashFunction> functions = new HashMap<>();
        if (current != null) {
            functions.put(current.id, HashFunction.hmacSha256(current.bytes));
        }
        for (Pepper pepper : retired) {
            if (functions.put(pepper.id, HashFunction.hmacSha256(pepper.bytes)) != null) {
                throw Arguments.invalid(
                        "retiredPepper",
                        "pepper id " + pepper.id + " is given twice; allowed: each id once",
                        "each id once");
            }
        }
        return new SecretHasher(functions, current == null ? null : current.id);
    }

    /** Returns the id, never the bytes. */
    @Override
    public String toString() {
        return "Pepper[" + id + "]";
    }
}
