package dev.apikeys.internal.text;

import org.jspecify.annotations.Nullable;

/**
 * A builder of {@code toString} results: {@code Type[field=value, …]}, without fields that are null. Not thread-safe.
 */
public final class Described {
    private final StringBuilder text;
    private String separator = "";

    private Described(String type) {
        text = new StringBuilder(type).append('[');
    }

    /** Starts the description of an object of this type. */
    public static Described as(String type) {
        return new Described(type);
    }

    /** Adds a field unless it is null. A text must be escaped by the caller, see {@link Shown#whole}. */
    public Described with(String field, @Nullable Object value) {
        if (value != null) {
            text.append(separator).append(field).append('=').append(value);
            separator = ", ";
        }
        return this;
    }

    /** Returns the description. */
    @Override
    public String toString() {
        return text + "]";
    }
}
