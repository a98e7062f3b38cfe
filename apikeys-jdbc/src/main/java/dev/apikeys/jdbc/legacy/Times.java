package dev.apikeys.jdbc.legacy;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.chrono.IsoChronology;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads times of ISO 8601 with an offset: without one, the hour is anybody's guess. */
final class Times {

    /** {@code +HH:mm} also reads {@code +HH}, which is how PostgreSQL and H2 print a time with an offset. */
    private static final DateTimeFormatter ISO = new DateTimeFormatterBuilder()
            .append(DateTimeFormatter.ISO_LOCAL_DATE)
            .appendLiteral('T')
            .append(DateTimeFormatter.ISO_LOCAL_TIME)
            .appendOffset("+HH:mm", "Z")
            .toFormatter(Locale.ROOT)
            .withResolverStyle(ResolverStyle.STRICT)
            .withChronology(IsoChronology.INSTANCE);

    private static final int LONGEST = 40;
    private static final int AFTER_DATE = "2025-09-14".length();
    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant AFTER_LATEST = Instant.parse("9999-01-01T00:00:00Z");

    private Times() {}

    /**
     * Reads a time, with a blank for the T as databases print it.
     *
     * @return epoch milliseconds, cut; null if the text is no such time
     */
    static @Nullable Long read(@Nullable String text) {
        if (text == null || text.length() > LONGEST || text.length() <= AFTER_DATE) {
            return null;
        }
        String iso = text.charAt(AFTER_DATE) == ' '
                ? text.substring(0, AFTER_DATE) + "T" + text.substring(AFTER_DATE + 1)
                : text;
        try {
            Instant time = ISO.parse(iso, Instant::from);
            return time.isBefore(EARLIEST) || !time.isBefore(AFTER_LATEST) ? null : time.toEpochMilli();
        } catch (DateTimeException e) {
            return null;
        }
    }
}
