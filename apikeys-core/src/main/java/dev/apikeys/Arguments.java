package dev.apikeys;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Checks what comes in, where it comes in: every refusal names the argument, the value and what is allowed. */
final class Arguments {
    static final int MAX_NAME = 200;
    static final int MAX_DESCRIPTION = 2_000;
    static final int MAX_OWNER = 200;
    static final int MAX_REASON = 500;
    static final int MAX_PERMISSIONS = 128;
    static final int MAX_METADATA_ENTRIES = 32;
    static final int MAX_METADATA_BYTES = 4_096;

    /** Far beyond any sensible lifetime, and near enough that no sum with an epoch time overflows. */
    private static final Duration MAX_DURATION = Duration.ofDays(36_525);

    private static final int MAX_SHOWN = 40;

    /** Of a longer text, which may be a secret in the wrong place. */
    private static final int SHOWN_OF_LONGER = 12;

    private Arguments() {}

    static String text(String argument, @Nullable String value, int maxCodePoints) {
        // The length in chars is looked at first, so that an endless text costs nothing.
        if (value == null
                || value.isEmpty()
                || value.length() > 2 * maxCodePoints
                || value.codePointCount(0, value.length()) > maxCodePoints
                || isBlank(value.codePointAt(0))
                || isBlank(value.codePointBefore(value.length()))
                || holdsControlOrLoneSurrogate(value)) {
            throw refused(
                    argument,
                    value,
                    "1 to " + maxCodePoints
                            + " code points without outer blanks, control characters or lone surrogates");
        }
        return value;
    }

    static @Nullable String optionalText(String argument, @Nullable String value, int maxCodePoints) {
        return value == null ? null : text(argument, value, maxCodePoints);
    }

    static Set<String> permissions(String argument, @Nullable Set<String> names) {
        if (names == null || names.size() > MAX_PERMISSIONS) {
            throw refused(argument, names == null ? null : names.size() + " names", "at most 128 names");
        }
        for (String name : names) {
            PermissionNames.require(argument, name);
        }
        return sorted(names);
    }

    /** An immutable copy that iterates in order. */
    static Set<String> sorted(Collection<String> names) {
        return SortedNames.copyOf(names);
    }

    static Map<String, String> metadata(@Nullable Map<String, String> metadata) {
        if (metadata == null || metadata.size() > MAX_METADATA_ENTRIES) {
            throw refused("metadata", metadata == null ? null : metadata.size() + " entries", "at most 32 entries");
        }
        TreeMap<String, String> sorted = new TreeMap<>();
        metadata.forEach((key, value) -> {
            text("metadata key", key, MAX_METADATA_BYTES);
            if (value == null || value.length() > MAX_METADATA_BYTES || holdsControlOrLoneSurrogate(value)) {
                throw refused(
                        "metadata value of " + shown(key),
                        value,
                        "text without control characters or lone surrogates, 4096 bytes with all others");
            }
            sorted.put(key, value);
        });
        String encoded = Json.writeMetadata(sorted);
        int bytes = encoded.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
        if (bytes > MAX_METADATA_BYTES) {
            throw refused("metadata", bytes + " bytes of JSON", "at most 4096 bytes of JSON");
        }
        return SortedTexts.copyOf("metadata", sorted);
    }

    /** A length of time of at least a millisecond. */
    static Duration positive(String argument, @Nullable Duration value) {
        if (value == null || value.compareTo(Duration.ofMillis(1)) < 0 || value.compareTo(MAX_DURATION) > 0) {
            throw refused(
                    argument, String.valueOf(value), "from one millisecond to " + MAX_DURATION.toDays() + " days");
        }
        return value;
    }

    static Duration notNegative(String argument, @Nullable Duration value) {
        if (value == null || value.isNegative() || value.compareTo(MAX_DURATION) > 0) {
            throw refused(argument, String.valueOf(value), "from zero to " + MAX_DURATION.toDays() + " days");
        }
        return value;
    }

    /** A moment cut to milliseconds, within the years that every database and Java agree on. */
    static Instant instant(String argument, @Nullable Instant value) {
        if (value == null || value.isBefore(Instant.EPOCH) || !value.isBefore(Instant.parse("9999-01-01T00:00:00Z"))) {
            throw refused(argument, String.valueOf(value), "from 1970 to 9998");
        }
        return value.truncatedTo(ChronoUnit.MILLIS);
    }

    static int range(String argument, int value, int from, int to) {
        if (value < from || value > to) {
            throw refused(argument, String.valueOf(value), from + " to " + to);
        }
        return value;
    }

    static IllegalArgumentException refused(String argument, @Nullable String value, String allowed) {
        return new IllegalArgumentException(argument + " is " + shown(value) + "; allowed: " + allowed);
    }

    /** A value for a message: in quotes, cut, and with what could forge a log line escaped. */
    static String shown(@Nullable String value) {
        if (value == null) {
            return "null";
        }
        boolean longer = value.length() > MAX_SHOWN;
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < (longer ? SHOWN_OF_LONGER : value.length()); i++) {
            char c = value.charAt(i);
            if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') {
                out.append(String.format(java.util.Locale.ROOT, "\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append(longer ? "…\" (" + value.length() + " characters)" : "\"")
                .toString();
    }

    private static boolean holdsControlOrLoneSurrogate(String value) {
        for (int i = 0; i < value.length(); ) {
            int c = value.codePointAt(i);
            if (Character.isISOControl(c) || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
                return true;
            }
            i += Character.charCount(c);
        }
        return false;
    }

    private static boolean isBlank(int codePoint) {
        return Character.isWhitespace(codePoint) || Character.isSpaceChar(codePoint);
    }
}
