package dev.apikeys.importer;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.chrono.IsoChronology;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads times: ISO 8601 with an offset, epoch seconds of 10 digits, epoch milliseconds of 13. These numbers of digits
 * cover 2001 to 2286. Other numbers are ambiguous ({@code 0} for never, {@code 20250914} for a day), and so are 10 digits
 * that may be a day and its hour: as epoch seconds, {@code 2025091422} is in 2034.
 */
final class Times {

    /** {@code +HH:mm} also reads {@code +HH}, as PostgreSQL and H2 print offsets. */
    private static final DateTimeFormatter ISO = new DateTimeFormatterBuilder()
            .append(DateTimeFormatter.ISO_LOCAL_DATE)
            .appendLiteral('T')
            .append(DateTimeFormatter.ISO_LOCAL_TIME)
            .appendOffset("+HH:mm", "Z")
            .toFormatter(Locale.ROOT)
            .withResolverStyle(ResolverStyle.STRICT)
            .withChronology(IsoChronology.INSTANCE);

    /** With a fraction, as databases print the epoch of a timestamp. */
    private static final Pattern EPOCH_SECONDS = Pattern.compile("[1-9][0-9]{9}(\\.[0-9]{1,9})?");

    private static final Pattern DAY_AND_HOUR =
            Pattern.compile("20[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])([01][0-9]|2[0-3])");

    private static final Pattern EPOCH_MILLIS = Pattern.compile("[1-9][0-9]{12}");
    private static final int MILLIS_DIGITS = 3;
    private static final int LONGEST = 40;
    private static final int AFTER_DATE = "2025-09-14".length();
    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant AFTER_LATEST = Instant.parse("9999-01-01T00:00:00Z");

    private Times() {}

    /**
     * Reads a time.
     *
     * @return epoch milliseconds, cut; null for any other text
     */
    static @Nullable Long read(@Nullable String text) {
        if (text == null || text.length() > LONGEST) {
            return null;
        }
        if (DAY_AND_HOUR.matcher(text).matches()) {
            return null;
        }
        if (EPOCH_SECONDS.matcher(text).matches()) {
            return new BigDecimal(text).movePointRight(MILLIS_DIGITS).longValue();
        }
        if (EPOCH_MILLIS.matcher(text).matches()) {
            return Long.valueOf(text);
        }
        return text.length() > AFTER_DATE ? iso(text) : null;
    }

    /** Parses ISO 8601, also with a blank for the T, as databases print it. */
    private static @Nullable Long iso(String text) {
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
