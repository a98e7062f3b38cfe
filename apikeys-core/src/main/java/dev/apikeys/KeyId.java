package dev.apikeys;

import dev.apikeys.internal.text.KeyIds;
import dev.apikeys.internal.text.Ulid;
import java.security.SecureRandom;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * The public handle of an API key: {@code ak_} and a ULID in lower case, so that ids sort by creation. Ids of imported
 * keys are {@code ak_} and 1 to 61 lower-case letters or digits. Safe in logs and URLs. Immutable and thread-safe.
 *
 * <p>An id is a {@link CharSequence}; {@link CharSequence#compare} sorts ids as every store does. Jackson reads and
 * writes it as its text, also as the key of a map, without a module.
 *
 * @see <a href="https://github.com/ulid/spec">The ULID specification</a>
 * @since 0.1
 */
public final class KeyId implements CharSequence {
    /** Transient, to hide it from mappers that read fields: they would write an object instead of the text. */
    private final transient String value;

    /**
     * Creates an id from its text.
     *
     * @param value the text, {@code ak_…}, at most 64 characters
     * @throws InvalidArgumentException if {@code value} is null or not of the form above
     */
    public KeyId(String value) {
        if (!KeyIds.isValid(value)) {
            throw Arguments.refused("id", value, "ak_ and 1 to 61 lower-case letters or digits");
        }
        this.value = value;
    }

    /**
     * Returns the id with a given text.
     *
     * @param value the text, {@code ak_…}, at most 64 characters
     * @return the id
     * @throws InvalidArgumentException if {@code value} is null or not of the form above
     */
    public static KeyId of(String value) {
        return new KeyId(value);
    }

    /**
     * Returns a new random id, for a create that is safe to retry (see {@link KeySpec.Builder#id}).
     *
     * @return an id that no other key has
     */
    public static KeyId random() {
        byte[] random = new byte[Ulid.RANDOM_BYTES];
        new SecureRandom().nextBytes(random);
        return new KeyId(KeyIds.text(InstantSource.system().millis(), random));
    }

    /** Returns the id in a row, or null if the text is none. */
    static @Nullable KeyId stored(@Nullable String value) {
        return value != null && KeyIds.isValid(value) ? new KeyId(value) : null;
    }

    /**
     * Returns the text.
     *
     * @return {@code ak_…}, at most 64 characters
     */
    public String value() {
        return value;
    }

    @Override
    public int length() {
        return value.length();
    }

    @Override
    public char charAt(int index) {
        return value.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return value.subSequence(start, end);
    }

    /** Returns true for an id with the same text, and for no other kind of text. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof KeyId that && value.equals(that.value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    /** Returns the text. */
    @Override
    public String toString() {
        return value;
    }
}
