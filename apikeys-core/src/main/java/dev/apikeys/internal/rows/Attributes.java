package dev.apikeys.internal.rows;

import dev.apikeys.internal.text.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of a key that have no column: one JSON object with two parts. Entries of {@code must} restrict the
 * key, so an unknown name denies it; entries of {@code may} can be ignored. Unknown names are kept verbatim. Immutable
 * and thread-safe.
 */
public final class Attributes {
    public static final Attributes NONE = new Attributes(Map.of(), Map.of());

    /** The requested lifetime, in milliseconds: the successor's default in a rotation. */
    public static final String LIFETIME = "lifetime";

    /** The end of the grace requested by the rotation, in epoch milliseconds. */
    public static final String GRACE_UNTIL = "graceUntil";

    /** The deadline of the hand-off that the key was made with, in epoch milliseconds. */
    public static final String HAND_OFF_UNTIL = "handOffUntil";

    private static final int MAX_CHARS = 8_192;
    private static final String MUST = "must";
    private static final String MAY = "may";

    private final Map<String, String> must;
    private final Map<String, String> may;

    private Attributes(Map<String, String> must, Map<String, String> may) {
        this.must = must;
        this.may = may;
    }

    /** Parses a stored text; returns null if it is malformed. */
    public static @Nullable Attributes read(@Nullable String stored) {
        if (stored == null) {
            return NONE;
        }
        Map<String, String> parts = Json.readMembers(stored, MAX_CHARS);
        if (parts == null) {
            return null;
        }
        Map<String, String> must = Json.readMembers(parts.getOrDefault(MUST, "{}"), MAX_CHARS);
        Map<String, String> may = Json.readMembers(parts.getOrDefault(MAY, "{}"), MAX_CHARS);
        boolean holdsOthers = parts.keySet().stream().anyMatch(part -> !part.equals(MUST) && !part.equals(MAY));
        return must == null || may == null || holdsOthers ? null : new Attributes(must, may);
    }

    /** Returns whether this version knows every restriction. */
    public boolean areUnderstood() {
        return must.isEmpty();
    }

    /** Returns a number from {@code may}, or null if there is none. */
    public @Nullable Long number(String name) {
        String stored = may.get(name);
        try {
            return stored == null ? null : Long.valueOf(stored);
        } catch (NumberFormatException notANumber) {
            return null;
        }
    }

    /** Returns these attributes with a number set, or removed by null. */
    public Attributes with(String name, @Nullable Long value) {
        if (value == null && !may.containsKey(name)) {
            return this;
        }
        Map<String, String> changed = new LinkedHashMap<>(may);
        if (value == null) {
            changed.remove(name);
        } else {
            changed.put(name, value.toString());
        }
        return new Attributes(must, changed);
    }

    /** Returns the text to store, or null if there are no attributes. */
    public @Nullable String text() {
        if (must.isEmpty() && may.isEmpty()) {
            return null;
        }
        StringJoiner parts = new StringJoiner(",", "{", "}");
        part(parts, MUST, must);
        part(parts, MAY, may);
        return parts.toString();
    }

    private static void part(StringJoiner parts, String part, Map<String, String> members) {
        if (!members.isEmpty()) {
            StringJoiner object = new StringJoiner(",", "\"" + part + "\":{", "}");
            members.forEach((name, value) -> {
                StringBuilder member = new StringBuilder();
                Json.quote(member, name);
                object.add(member.append(':').append(value));
            });
            parts.add(object.toString());
        }
    }
}
