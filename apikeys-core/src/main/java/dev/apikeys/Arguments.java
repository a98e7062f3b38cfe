package dev.apikeys;

import dev.apikeys.internal.text.Cursor;
import dev.apikeys.internal.text.Json;
import dev.apikeys.internal.text.KeyIds;
import dev.apikeys.internal.text.PermissionNames;
import dev.apikeys.internal.text.Shown;
import dev.apikeys.internal.text.SortedNames;
import dev.apikeys.internal.text.SortedTexts;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Validates arguments at the API boundary: every refusal names the argument, the value and what is allowed. */
final class Arguments {
    static final int MAX_NAME = 200;
    static final int MAX_DESCRIPTION = 2_000;
    static final int MAX_OWNER = 200;
    static final int MAX_REASON = 500;
    static final int MAX_SEARCH = 200;
    static final int MAX_PERMISSIONS = 128;
    static final int MAX_METADATA_ENTRIES = 32;
    static final int MAX_METADATA_BYTES = 4_096;

    /** The maximum page size, for keys and journal entries. */
    static final int MAX_PAGE = 1_000;

    /** Far beyond any sensible lifetime, and near enough that no sum with an epoch time overflows. */
    private static final Duration MAX_DURATION = Duration.ofDays(36_525);

    private static final Duration ONE_MILLISECOND = Duration.ofMillis(1);
    private static final Duration ONE_DAY = Duration.ofDays(1);
    private static final Instant YEAR_9999 = Instant.parse("9999-01-01T00:00:00Z");

    private Arguments() {}

    static String text(String argument, @Nullable String value, int maxCodePoints) {
        if (value == null
                || value.isEmpty()
                || isLonger(value, maxCodePoints)
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

    /** Checks a text to search for. Outer blanks count; blanks alone would match nearly everything. */
    static String search(String argument, @Nullable String value) {
        if (value == null
                || isLonger(value, MAX_SEARCH)
                || value.codePoints().allMatch(Arguments::isBlank)
                || holdsControlOrLoneSurrogate(value)) {
            throw refused(
                    argument,
                    value,
                    "1 to " + MAX_SEARCH
                            + " code points, not blanks alone, without control characters or lone surrogates");
        }
        return value;
    }

    /** Compares the length in chars first, so that a huge text costs nothing. */
    private static boolean isLonger(String value, int maxCodePoints) {
        return value.length() > 2 * maxCodePoints || value.codePointCount(0, value.length()) > maxCodePoints;
    }

    static Set<String> permissions(String argument, @Nullable Set<String> names) {
        if (names == null || names.size() > MAX_PERMISSIONS) {
            throw refusedValue(
                    argument, names == null ? null : names.size() + " names", "at most " + MAX_PERMISSIONS + " names");
        }
        for (String name : names) {
            name(argument, name);
        }
        return SortedNames.copyOf(names);
    }

    static Map<String, String> metadata(@Nullable Map<String, String> metadata) {
        if (metadata == null || metadata.size() > MAX_METADATA_ENTRIES) {
            throw refusedValue(
                    "metadata",
                    metadata == null ? null : metadata.size() + " entries",
                    "at most " + MAX_METADATA_ENTRIES + " entries");
        }
        TreeMap<String, String> sorted = new TreeMap<>();
        metadata.forEach((key, value) -> {
            text("metadata key", key, MAX_METADATA_BYTES);
            if (value == null || value.length() > MAX_METADATA_BYTES || holdsControlOrLoneSurrogate(value)) {
                throw refused(
                        "metadata value of " + Shown.text(key),
                        value,
                        "text without control characters or lone surrogates, " + MAX_METADATA_BYTES
                                + " bytes with all others");
            }
            sorted.put(key, value);
        });
        String encoded = Json.writeMetadata(sorted);
        int bytes = encoded.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_METADATA_BYTES) {
            throw refusedValue(
                    "metadata", bytes + " bytes of JSON", "at most " + MAX_METADATA_BYTES + " bytes of JSON");
        }
        return SortedTexts.copyOf("metadata", sorted);
    }

    /** Checks the name of a permission or role. */
    static String name(String argument, @Nullable String name) {
        if (name == null || !PermissionNames.isValid(name)) {
            throw refused(argument, name, PermissionNames.ALLOWED);
        }
        return name;
    }

    /** Parses a cursor of one of the given lists. */
    static Cursor cursor(@Nullable String cursor, String lists) {
        Cursor parsed = Cursor.parse(cursor, lists);
        if (parsed == null) {
            throw refusedCursor(cursor);
        }
        return parsed;
    }

    static InvalidArgumentException refusedCursor(@Nullable String cursor) {
        return refused("cursor", cursor, "what Page.next() returned for a query of the same order and conditions");
    }

    /** Checks a duration of at least a millisecond. */
    static Duration positive(String argument, @Nullable Duration value) {
        return positive(argument, value, MAX_DURATION);
    }

    static Duration positive(String argument, @Nullable Duration value, Duration most) {
        return duration(argument, value, ONE_MILLISECOND, most);
    }

    static Duration notNegative(String argument, @Nullable Duration value) {
        return notNegative(argument, value, MAX_DURATION);
    }

    static Duration notNegative(String argument, @Nullable Duration value, Duration most) {
        return duration(argument, value, Duration.ZERO, most);
    }

    private static Duration duration(String argument, @Nullable Duration value, Duration least, Duration most) {
        if (value == null || value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw refusedValue(
                    argument,
                    value,
                    "from " + (least.isZero() ? "zero" : "one millisecond") + " to "
                            + (most.compareTo(ONE_DAY) > 0 ? most.toDays() + " days" : most.toMinutes() + " minutes"));
        }
        return value;
    }

    /** Cuts a moment to milliseconds and checks that it lies within the years that every database and Java agree on. */
    static Instant instant(String argument, @Nullable Instant value) {
        if (value == null || value.isBefore(Instant.EPOCH) || !value.isBefore(YEAR_9999)) {
            throw refusedValue(argument, value, "from 1970 to 9998");
        }
        return value.truncatedTo(ChronoUnit.MILLIS);
    }

    static int range(String argument, int value, int from, int to) {
        if (value < from || value > to) {
            throw refusedValue(argument, value, from + " to " + to);
        }
        return value;
    }

    /** Checks that an id can be part of a secret. */
    static KeyId standardId(KeyId id) {
        Objects.requireNonNull(id, "id");
        if (!KeyIds.isStandard(id.value())) {
            throw refused("id", id.value(), "what KeyId.random() makes");
        }
        return id;
    }

    /** Refuses a second value where each setter makes a new object. */
    static void unset(@Nullable Object value, String setter) {
        if (value != null) {
            throw new IllegalStateException(setter + " was called before; call it once");
        }
    }

    /** Refuses a text that may be a secret: the message has it cut and escaped. */
    static InvalidArgumentException refused(String argument, @Nullable String value, String allowed) {
        return refusedValue(argument, Shown.text(value), allowed);
    }

    /** Refuses a value that is safe in a message: a number, a duration, a size. */
    static InvalidArgumentException refusedValue(String argument, @Nullable Object value, String allowed) {
        return invalid(argument, argument + " is " + value + "; allowed: " + allowed, allowed);
    }

    /** Refuses with a given message. */
    static InvalidArgumentException invalid(String argument, String message, String allowed) {
        return new InvalidArgumentException(argument, message, allowed);
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

    static boolean isBlank(int codePoint) {
        return Character.isWhitespace(codePoint) || Character.isSpaceChar(codePoint);
    }
}
