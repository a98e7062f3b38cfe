package dev.apikeys.internal.text;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a value, named once for its {@code equals} and its {@code toString}. Fields that are null are left out.
 * Not thread-safe.
 */
public final class Described {
    private final String type;
    private final Map<String, Object> fields = new LinkedHashMap<>();

    private Described(String type) {
        this.type = type;
    }

    /** Starts the description of an object of this type. */
    public static Described as(String type) {
        return new Described(type);
    }

    /** Adds a field unless it is null. */
    public Described with(String field, @Nullable Object value) {
        if (value != null) {
            fields.put(field, value);
        }
        return this;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Described that && type.equals(that.type) && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    /** Returns {@code Type[field=value, …]}, in which texts are masked, quoted and escaped. */
    @Override
    public String toString() {
        StringJoiner text = new StringJoiner(", ", type + "[", "]");
        fields.forEach((field, value) -> text.add(field + "=" + Masked.shown(value)));
        return text.toString();
    }
}
