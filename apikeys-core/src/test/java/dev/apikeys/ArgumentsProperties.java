package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.apikeys.internal.text.Cursor;
import dev.apikeys.internal.text.Json;
import dev.apikeys.internal.text.KeyIds;
import dev.apikeys.internal.text.Shown;
import dev.apikeys.spi.ApiKeyStore.Order;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyStatus;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** What is let in is what the rules let in, every store can hold it, and a refusal can be shown anywhere. */
class ArgumentsProperties {

    @Property(tries = 5_000)
    void textsAreLetInByTheRulesAndByNothingElse(
            @ForAll("texts") String text, @ForAll @IntRange(min = 1, max = 12) int most) {
        if (isAllowed(text, most)) {
            assertThat(Arguments.text("name", text, most)).isSameAs(text);
            assertThat(new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
                    .as("what is let in survives UTF-8")
                    .isEqualTo(text);
        } else {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Arguments.text("name", text, most))
                    .satisfies(refusal -> assertPlain(refusal.getMessage()))
                    .withMessageContainingAll("name", "allowed", String.valueOf(most));
        }
    }

    /** The rules once more, code point by code point. */
    private static boolean isAllowed(String text, int most) {
        int[] points = text.codePoints().toArray();
        if (points.length < 1 || points.length > most) {
            return false;
        }
        for (int point : points) {
            int type = Character.getType(point);
            if (type == Character.CONTROL || type == Character.SURROGATE) {
                return false;
            }
        }
        return !isBlank(points[0]) && !isBlank(points[points.length - 1]);
    }

    private static boolean isBlank(int point) {
        int type = Character.getType(point);
        return type == Character.SPACE_SEPARATOR
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR
                || Character.isWhitespace(point);
    }

    @Example
    void aRefusalNamesTheArgumentTheValueAndWhatIsAllowed() {
        assertThat(Arguments.name("role", "read")).isEqualTo("read");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Arguments.name("role", "Read"))
                .withMessage("role is \"Read\"; allowed: [a-z][a-z0-9_.:-]{0,63}");
    }

    @Example
    void aRefusalDoesNotShowATicketInTheWrongPlace() {
        String ticket = "ho_" + "Zq7".repeat(14) + "x";

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Arguments.name("role", ticket))
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain(ticket.substring(0, 20)));
    }

    @Example
    void aRefusalShowsOnlyTheBeginningAndNoLineBreaks() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Arguments.name("role", "a\n\u202Eb " + "c".repeat(1_000)))
                .withMessageStartingWith("role is \"a\\u000a\\u202eb …")
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(130));
    }

    /** One line of printable ASCII, but for the ellipsis: nothing in it can forge a line of a log. */
    private static void assertPlain(String message) {
        assertThat(message.replace('…', '.')).matches("[ -~]+").hasSizeLessThan(600);
    }

    @Property(tries = 2_000)
    void anyValueIsShownOnOneLineOfPrintableCharacters(@ForAll("texts") String text) {
        assertPlain("_" + Shown.text(text));
    }

    @Property(tries = 1_000)
    void metadataAreKeptAsTheyAreAndReadBackFromTheirJson(@ForAll("metadata") Map<String, String> metadata) {
        boolean allowed = metadata.size() <= 32
                && metadata.keySet().stream().allMatch(key -> isAllowed(key, 4_096))
                && metadata.values().stream().allMatch(value -> value.isEmpty() || isAllowed("x" + value + "x", 4_096));

        if (allowed) {
            Map<String, String> kept = Arguments.metadata(metadata);
            assertThat(kept).isEqualTo(metadata);
            assertThat(kept.keySet().stream().toList()).isSorted();
            assertThat(Json.readMetadata(Json.writeMetadata(kept))).isEqualTo(metadata);
        } else {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Arguments.metadata(metadata))
                    .satisfies(refusal -> assertPlain(refusal.getMessage()))
                    .withMessageContainingAll("metadata", "allowed");
        }
    }

    @Property
    void anInstantIsCutToMillisecondsAndNeverMoved(@ForAll Instant instant) {
        if (instant.isBefore(Instant.EPOCH) || !instant.isBefore(Instant.parse("9999-01-01T00:00:00Z"))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Arguments.instant("at", instant))
                    .withMessageContainingAll("at", "allowed");
        } else {
            Instant cut = Arguments.instant("at", instant);
            assertThat(cut).isEqualTo(Instant.ofEpochMilli(instant.toEpochMilli()));
            assertThat(cut).isBeforeOrEqualTo(instant).isAfter(instant.minusMillis(1));
        }
    }

    @Property(tries = 2_000)
    void aSearchIsLetInByTheRulesAndByNothingElse(@ForAll("texts") String text) {
        boolean allowed = text.codePointCount(0, text.length()) <= 200
                && !text.codePoints().allMatch(ArgumentsProperties::isBlank)
                && isAllowed("x" + text + "x", 1_000);

        if (allowed) {
            assertThat(KeyQuery.all().matching(text).matching()).isEqualTo(text);
        } else {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> KeyQuery.all().matching(text))
                    .satisfies(refusal -> assertPlain(refusal.getMessage()))
                    .withMessageContainingAll("matching", "allowed");
        }
    }

    @Property
    void aCursorLeadsOnFromItsIdAndKeepsTheRestOfTheQuery(
            @ForAll("ids") String id,
            @ForAll boolean newestFirst,
            @ForAll KeyStatus status,
            @ForAll @IntRange(min = 1, max = 1_000) int limit) {
        KeyQuery all = newestFirst ? KeyQuery.all().newestFirst() : KeyQuery.all();
        KeyQuery query = all.owner("team-a").role("admin").status(status).limit(limit);

        KeyQuery next = query.after(query.cursor(id));

        assertThat(next.afterId()).isEqualTo(id);
        assertThat(next.filter()).isEqualTo(query.filter());
        assertThat(next.order()).isEqualTo(newestFirst ? Order.NEWEST_FIRST : Order.OLDEST_FIRST);
        assertThat(next.limit()).isEqualTo(limit);
        assertThat(query.cursor(id)).as("fit for a URL").matches("[A-Za-z0-9_.~-]+");
        assertThat(query.afterId()).as("the first query stays").isNull();
        assertThat(next.after()).isEqualTo(query.cursor(id));
        if (KeyIds.isValid(id)) {
            assertThat(query.cursor(id)).as("as short as its id").hasSizeBetween(id.length() + 2, id.length() + 2 + 7);
        }
    }

    @Property
    void aCursorOfTheJournalLeadsOnFromItsPosition(@ForAll("ids") String id, @ForAll long time) {
        JournalRow.Position position = new JournalRow.Position(time, id);

        JournalQuery next = JournalQuery.all().after(JournalQuery.all().cursor(position));

        assertThat(next.position()).isEqualTo(position);
        assertThat(JournalQuery.all().cursor(position)).as("fit for a URL").matches("[A-Za-z0-9_.~-]+");
    }

    @Property(tries = 3_000)
    void whatIsNoCursorIsRefused(@ForAll("almostCursors") String cursor) {
        try {
            KeyQuery query = KeyQuery.all().after(cursor);
            assertThat(KeyQuery.all().after(Objects.requireNonNull(query.after())))
                    .isEqualTo(query);
        } catch (InvalidArgumentException refusal) {
            assertThat(refusal).hasMessageContainingAll("cursor", "Page.next()");
            assertPlain(refusal.getMessage());
        }
        try {
            JournalQuery query = JournalQuery.all().after(cursor);
            assertThat(JournalQuery.all().after(Objects.requireNonNull(query.after())))
                    .isEqualTo(query);
        } catch (InvalidArgumentException refusal) {
            assertThat(refusal).hasMessageContainingAll("cursor", "Page.next()");
            assertPlain(refusal.getMessage());
        }
    }

    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> points = Arbitraries.oneOf(
                        Arbitraries.integers().between(0, 0x17F).map(Character::toString),
                        Arbitraries.integers().between(0x1F600, 0x1F610).map(Character::toString),
                        Arbitraries.of(
                                " ", "\t", "\n", "\u00A0", "\u1680", "\u2028", "\u2029", "\u3000", "\u202F", "\u200B",
                                "\uFEFF", "\u0085", "\u009F", "\uD83D", "\uDE00", "\uFFFF", "\uE000", "\u202E"))
                .list()
                .ofMaxSize(14)
                .map(parts -> parts.stream().collect(Collectors.joining()));
        return Arbitraries.oneOf(
                points,
                Arbitraries.strings().all().ofMaxLength(30),
                Arbitraries.strings().alpha());
    }

    @Provide
    Arbitrary<Map<String, String>> metadata() {
        return Arbitraries.maps(texts(), texts()).ofMaxSize(4);
    }

    @Provide
    Arbitrary<String> ids() {
        Arbitrary<String> ours = Arbitraries.strings()
                .withCharRange('a', 'z')
                .withCharRange('0', '9')
                .ofMinLength(1)
                .ofMaxLength(61)
                .map("ak_"::concat);
        // Damaged by hand: empty, with blanks, lone surrogates and whatever else.
        Arbitrary<String> damaged =
                Arbitraries.strings().withCharRange('\u0001', '\uffff').ofMaxLength(200);
        return Arbitraries.oneOf(ours, damaged);
    }

    @Provide
    Arbitrary<String> almostCursors() {
        Arbitrary<String> changed = Combinators.combine(
                        ids(),
                        Arbitraries.integers().between(0, 200),
                        Arbitraries.strings().ofMaxLength(2),
                        Arbitraries.of('o', 'n', 'j'))
                .as((id, at, by, list) -> {
                    String cursor = new Cursor(list, "", list == 'j' ? at + "." + id : id).text();
                    int place = at % cursor.length();
                    return cursor.substring(0, place) + by + cursor.substring(place + 1);
                });
        Arbitrary<String> encoded = Arbitraries.strings()
                .ofMaxLength(20)
                .map(text -> "o~"
                        + Base64.getUrlEncoder()
                                .withoutPadding()
                                .encodeToString(text.getBytes(StandardCharsets.UTF_16BE)));
        return Arbitraries.oneOf(
                changed,
                encoded,
                Arbitraries.strings().ofMaxLength(300),
                Arbitraries.of("", "o.", "o~", "n.ak_1", "j.1.", "ak_1"));
    }
}
