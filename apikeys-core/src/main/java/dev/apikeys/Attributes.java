package dev.apikeys;

import dev.apikeys.internal.text.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What core keeps with a key besides the columns: one JSON object with two parts. What {@code must} holds restricts the
 * key, so a name that this version does not know denies it; what {@code may} holds can be ignored. Unknown names are kept
 * exactly as they stand. Immutable and thread-safe.
 */
final class Attributes {
    static final Attributes NONE = new Attributes(Map.of(), Map.of());

    /** The lifetime that was asked for, in milliseconds: the successor's, unless its rotation says otherwise. */
    static final String LIFETIME = "lifetime";

    /** The end of the grace that the rotation asked for, in epoch milliseconds. */
    static final String GRACE_UNTIL = "graceUntil";

    /** The deadline of the hand-off that the key was made with, in epoch milliseconds. */
    static final String HAND_OFF_UNTIL = "handOffUntil";

    private static final int MAX_CHARS = 8_192;
    private static final String MUST = "must";
    private static final String MAY = "may";

    private final Map<String, String> must;
    private final Map<String, String> may;

    private Attributes(Map<String, String> must, Map<String, String> may) {
        this.must = must;
        this.may = may;
    }

    /** Reads a stored text; null if it is of another form. */
    static @Nullable Attributes read(@Nullable String stored) {
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

    /** Whether every restriction is known to this version. */
    boolean areUnderstood() {
        return must.isEmpty();
    }

    /** A number that may be ignored, or null if there is none. */
    @Nullable Long number(String name) {
        String stored = may.get(name);
        try {
            return stored == null ? null : Long.valueOf(stored);
        } catch (NumberFormatException notANumber) {
            return null;
        }
    }

    /** These attributes with a number set, or taken away by null. */
    Attributes with(String name, @Nullable Long value) {
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

    /** The text to store, or null if there is nothing to say. */
    @Nullable String text() {
        if (must.isEmpty() && may.isEmpty()) {
            return null;
        }
        StringBuilder out = new StringBuilder("{");
        part(out, MUST, must);
        part(out, MAY, may);
        return out.append('}').toString();
    }

    private static void part(StringBuilder out, String part, Map<String, String> members) {
        if (members.isEmpty()) {
            return;
        }
        out.append(out.length() > 1 ? ",\"" : "\"").append(part).append("\":{");
        char before = 0;
        for (Map.Entry<String, String> member : members.entrySet()) {
            if (before != 0) {
                out.append(before);
            }
            Json.quote(out, member.getKey());
            out.append(':').append(member.getValue());
            before = ',';
        }
        out.append('}');
    }
}
