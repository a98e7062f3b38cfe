package dev.apikeys.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.apikeys.spi.ApiKeyStore.Order;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.UsageBatch.Delta;
import dev.apikeys.spi.WriteSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * S01, S02, S05 and S14: rows are kept unchanged, are unique, and are compared exactly. Part of
 * {@link ApiKeyStoreContract}; extend that.
 *
 * @since 0.1
 */
@SuppressWarnings("MemberName") // tests are named after their rules
public abstract class KeyRowRules extends KeyStoreRules {
    private static final String WIDE = "\uD83D\uDD11";
    private static final String ATTRIBUTES =
            "{ \"may\":{\"zz-later\":[1, 2.50 ,{\"a\":null}],\"\\u00e9\":\"\u00E9\"}, \"must\":{\"future\":true} }";

    KeyRowRules() {}

    static KeyRow everyFieldSet() {
        return Samples.key(1)
                .lookup("9f86d081884c7d659a2feaa0c55ad015")
                .hash("hmac-sha256$2026-11$" + "ab".repeat(32))
                .name("ci deploy")
                .description("deploys to production")
                .owner("team-a")
                .role("read_upload")
                .permissions("[\"read\",\"upload\"]")
                .metadata("{\"env\":\"prod\"}")
                .attributes("{\"must\":{},\"may\":{\"lifetime\":86400}}")
                .createdBy("admin@example.com")
                .createdAt(T0)
                .updatedAt(T0 + 1)
                .expiresAt(T0 + 2)
                .lastUsedAt(T0 + 3)
                .revokedAt(T0 + 4)
                .revokedReason("leaked")
                .disabledAt(T0 + 5)
                .rotatedFrom("ak_from")
                .rotatedTo("ak_to")
                .usageCount(6)
                .build();
    }

    // ---------------------------------------------------------------- S01: written rows are found

    /** S01: a row is found unchanged, in every field, by id, by lookup and in a list. */
    @Test
    public final void S01_findsEveryFieldAsWritten() {
        KeyRow row = everyFieldSet();
        insert(row);

        assertFound(row);
    }

    /** S01: fields that were not set stay null. */
    @Test
    public final void S01_findsNothingWhereNothingWasSet() {
        KeyRow row = Samples.key(1).build();
        insert(row);

        assertFound(row);
    }

    /** S01: an empty text stays distinct from null. */
    @Test
    public final void S01_keepsEmptyTextsApartFromNone() {
        KeyRow row = Samples.key(1)
                .description("")
                .permissions("")
                .metadata("")
                .attributes("")
                .build();
        insert(row);

        assertFound(row);
    }

    /** S01: the longest allowed values are kept whole, also with characters of four bytes. */
    @Test
    public final void S01_keepsTheLongestValues() {
        KeyRow row = Samples.key("ak_" + "z".repeat(61))
                .lookup("f".repeat(128))
                .hash("h".repeat(256))
                .name(WIDE.repeat(200))
                .description(WIDE.repeat(2_000))
                .owner(WIDE.repeat(200))
                .role("r".repeat(64))
                .permissions("p".repeat(16 * 1_024))
                .metadata("m".repeat(4 * 1_024))
                .attributes("a".repeat(8 * 1_024))
                .createdBy(WIDE.repeat(200))
                .revokedReason(WIDE.repeat(500))
                .rotatedFrom("ak_" + "f".repeat(61))
                .rotatedTo("ak_" + "t".repeat(61))
                .build();
        insert(row);

        assertFound(row);
    }

    /** S01: texts keep every character: beyond the basic plane, combining, from right to left, and outer blanks. */
    @Test
    public final void S01_keepsEveryCharacter() {
        String text = " \uD83D\uDE00 e\u0301 \u00E9 \u05D0\u05D1 \u4E2D \uFEFF\u00A0\t\r\n \uD834\uDD1E ";
        KeyRow row = Samples.key(1)
                .name(text)
                .description(text)
                .owner(text)
                .permissions("[\" read\\,\\download\\,\\upload\\,\\admin\\]" + text)
                .metadata(text)
                .attributes(text)
                .createdBy(text)
                .revokedReason(text)
                .build();
        insert(row);

        assertFound(row);
    }

    /** S01: times are exact to the millisecond, and counts go beyond 32 bits. */
    @Test
    public final void S01_keepsTimesAndCountsExact() {
        long year9999 = 253_402_300_799_999L;
        KeyRow row = Samples.key(1)
                .createdAt(0)
                .updatedAt(1)
                .expiresAt(year9999)
                .lastUsedAt(T0 + 1)
                .revokedAt(T0 + 999)
                .disabledAt(T0 + 500)
                .usageCount(1L << 40)
                .build();
        insert(row);

        assertFound(row);
    }

    /** S01: a replace writes every field that it may write, including nulls. */
    @Test
    public final void S01_replacesEveryField() {
        insert(Samples.key(1).build());
        KeyRow full = everyFieldSet().toBuilder()
                .lookup(null)
                .createdBy(null)
                .lastUsedAt(null)
                .usageCount(0)
                .version(2)
                .build();
        assertTrue(write(replacing(full.toBuilder())), "a replace of version 1 by version 2 succeeds");
        assertEqualRows(full, tested().find(full.id()), "find after the replace");

        KeyRow bare = Samples.key(1).updatedAt(T0 + 7).version(3).build();
        assertTrue(
                write(WriteSet.builder().replace(new WriteSet.Replace(bare, full.hash(), null))),
                "a replace of version 2 by version 3 succeeds");
        assertEqualRows(bare, tested().find(bare.id()), "find after the replace that takes values away");
    }

    /** S01: unknown attributes survive a node's changes verbatim. */
    @Test
    public final void S01_keepsUnknownAttributesThroughEveryChange() {
        insert(Samples.key(1).attributes(ATTRIBUTES).build(), Samples.key(2).build());

        KeyRow read = found(Samples.id(1));
        assertTrue(write(replacing(read.toBuilder().name("renamed").version(2))), "a rename");
        KeyRow renamed = found(Samples.id(1));
        assertTrue(
                write(replacing(renamed.toBuilder().disabledAt(T0).version(3))
                        .insert(Samples.key(3).attributes(renamed.attributes()).build())
                        .delete(deletion(Samples.id(2)))),
                "a change, an insert and a delete at once");
        addUsage(1, 3, T0);

        assertEquals(ATTRIBUTES, found(Samples.id(1)).attributes(), "attributes after two changes and usage");
        assertEquals(ATTRIBUTES, found(Samples.id(3)).attributes(), "attributes that a successor took over");
        assertEquals(
                ATTRIBUTES,
                listAll(KeyFilter.ALL, Order.NEWEST_FIRST, 10).get(0).attributes(),
                "attributes in a list");
    }

    /** S01: rows that were never written are not found. */
    @Test
    public final void S01_findsNothingThatWasNeverWritten() {
        insert(Samples.key(1).build());

        assertNull(tested().find(Samples.id(2)), "find of an id that was never written");
        assertNull(tested().findByLookup("0".repeat(64)), "findByLookup of a lookup that was never written");
    }

    /** S01: one write takes a thousand rows. */
    @Test
    public final void S01_writesAThousandRowsAtOnce() {
        WriteSet.Builder rows = WriteSet.builder();
        for (int i = 0; i < WriteSet.MAX_KEYS; i++) {
            rows.insert(Samples.key(i).name("key " + i).build());
        }

        assertTrue(write(rows), "write of 1 000 inserts");

        assertEquals(
                1_000,
                listAll(KeyFilter.ALL, Order.OLDEST_FIRST, 1_000).size(),
                "rows listed after one write of 1 000");
        assertEqualRows(Samples.key(999).name("key 999").build(), tested().find(Samples.id(999)), "the last of them");
    }

    // ---------------------------------------------------------------- S02: duplicates fail

    /** S02: an insert of an existing id fails, and the existing row stays unchanged. */
    @Test
    public final void S02_refusesAnIdThatExists() {
        KeyRow first = Samples.key(1).name("first").build();
        insert(first);

        KeyExistsException e = assertThrows(
                KeyExistsException.class,
                () -> insert(Samples.key(1).name("second").build()),
                "write of an insert whose id exists");

        assertFalse(e.outcomeUnknown(), "after a duplicate it is known that nothing was written");
        assertEqualRows(first, tested().find(first.id()), "the existing row");
    }

    /** S02: an insert of an existing lookup fails, and the existing row keeps it. */
    @Test
    public final void S02_refusesALookupThatExists() {
        KeyRow first = Samples.key(1).lookup("a1").build();
        insert(first);

        assertThrows(
                KeyExistsException.class,
                () -> insert(Samples.key(2).lookup("a1").build()),
                "write of an insert whose lookup exists");

        assertNull(tested().find(Samples.id(2)), "the row that was refused");
        assertEqualRows(first, tested().findByLookup("a1"), "the row that has the lookup");
    }

    /** S02: two inserts of one write with the same lookup fail. */
    @Test
    public final void S02_refusesALookupTwiceInOneWrite() {
        assertThrows(
                KeyExistsException.class,
                () -> insert(
                        Samples.key(1).lookup("a1").build(),
                        Samples.key(2).lookup("a1").build()),
                "write of two inserts with one lookup");
    }

    /** S02: rows without a lookup do not collide with each other. */
    @Test
    public final void S02_takesAnyNumberOfRowsWithoutLookup() {
        insert(Samples.key(1).build());
        insert(Samples.key(2).build());

        assertNotNull(tested().find(Samples.id(2)), "the second row without a lookup");
    }

    /** S02: of many concurrent inserts of one id, and of one lookup, one wins. */
    @Test
    public final void S02_of64InsertsOfOneIdOneWins() throws Exception {
        for (int round = 0; round < 5; round++) {
            String contested = Samples.id(round);
            String lookup = "contested" + round;
            AtomicInteger wonById = new AtomicInteger();
            AtomicInteger wonByLookup = new AtomicInteger();
            Set<String> names = ConcurrentHashMap.newKeySet();
            int base = 1_000 * (round + 1);
            detector().race(crowd(), i -> {
                boolean byId = i % 2 == 0;
                KeyRow.Builder row =
                        byId ? Samples.key(contested) : Samples.key(base + i).lookup(lookup);
                try {
                    insert(row.name("winner " + i).build());
                    (byId ? wonById : wonByLookup).incrementAndGet();
                    names.add("winner " + i);
                } catch (KeyExistsException e) {
                    assertFalse(e.outcomeUnknown(), "the outcome of a duplicate is known");
                }
            });

            assertEquals(1, wonById.get(), "inserts of " + contested + " that succeeded, of 32 at once");
            assertEquals(1, wonByLookup.get(), "inserts of lookup " + lookup + " that succeeded, of 32 at once");
            assertTrue(names.contains(found(contested).name()), "the row found is the one whose insert succeeded");
        }
    }

    // ---------------------------------------------------------------- S05: exact comparison

    /** S05: ids that differ in case or in blanks are different ids, to every method. */
    @Test
    public final void S05_comparesIdsExactly() {
        KeyRow row = Samples.key("ak_abc").build();
        insert(row);

        for (String other : List.of("AK_ABC", "ak_aBc", "ak_abc ", " ak_abc", "ak_ab")) {
            String what = " of '" + other + "' where only 'ak_abc' is stored";
            assertNull(tested().find(other), "find" + what);
            assertFalse(replaceName(other, "other", 2), "replace" + what);
            assertFalse(delete(other), "delete" + what);
            tested().addUsage(batch(new Delta(other, 1, T0)));
        }
        assertEqualRows(row, tested().find("ak_abc"), "the row stored, after calls with other ids");

        for (String other : List.of("AK_ABC", "ak_aBc", "ak_abc ", " ak_abc")) {
            insert(Samples.key(other).name("named " + other).build());
            assertEquals("named " + other, found(other).name(), "find of '" + other + "' after its own insert");
        }
    }

    /** S05: lookups that differ in case or in blanks are different lookups. */
    @Test
    public final void S05_comparesLookupsExactly() {
        insert(Samples.key(1).lookup("abc").build());
        List<String> others = List.of("ABC", "aBc", "abc ", " abc");

        for (String other : others) {
            assertNull(tested().findByLookup(other), "findByLookup of '" + other + "' where only 'abc' is stored");
        }
        for (int i = 0; i < others.size(); i++) {
            KeyRow row = Samples.key(10 + i).lookup(others.get(i)).build();
            insert(row);
            assertEqualRows(row, tested().findByLookup(others.get(i)), "findByLookup of '" + others.get(i) + "'");
        }
    }

    // ---------------------------------------------------------------- S14: values are data

    /** S14: values with any characters are data, both when written and when queried. */
    @Test
    public final void S14_valuesAreData() {
        List<String> values = List.of(
                "'",
                "\"",
                "`",
                "''; DROP TABLE api_keys; --",
                "%",
                "_",
                "\\",
                "\\'",
                "?",
                ":id",
                "$1",
                "${id}",
                "{}",
                "#{1}",
                "null",
                "0",
                "(",
                "*/",
                "/*",
                "<b>&amp;");
        for (String value : values) {
            insert(Samples.key("ak_" + value)
                    .lookup(value)
                    .hash(value)
                    .name(value)
                    .description(value)
                    .owner(value)
                    .role(value)
                    .permissions(value)
                    .metadata(value)
                    .attributes(value)
                    .createdBy(value)
                    .revokedReason(value)
                    .rotatedFrom(value)
                    .rotatedTo(value)
                    .build());
        }
        for (String value : values) {
            String id = "ak_" + value;
            assertEquals(value, found(id).description(), "a text of " + value);
            KeyRow byLookup = tested().findByLookup(value);
            assertEquals(id, byLookup == null ? null : byLookup.id(), "findByLookup of " + value);
            KeyFilter filter = KeyFilter.builder()
                    .owner(value)
                    .role(value)
                    .createdBy(value)
                    .matching(value)
                    .build();
            assertEquals(
                    List.of(id),
                    idsOf(listAll(filter, Order.OLDEST_FIRST, 10)),
                    "rows whose owner, role and creator are " + value);
            tested().addUsage(batch(new Delta(id, 1, T0)));
            KeyRow replacement =
                    Samples.key(id).hash(value).name(value).version(2).build();
            assertTrue(
                    write(WriteSet.builder().replace(new WriteSet.Replace(replacement, value, null))),
                    "replace of a row whose name and hash are " + value);
        }
        assertEquals(
                values.size(), listAll(KeyFilter.ALL, Order.NEWEST_FIRST, 3).size(), "rows after all that");
        for (String value : values) {
            assertTrue(
                    write(WriteSet.builder().delete(new WriteSet.Delete("ak_" + value, value, 2L))),
                    "delete of ak_" + value);
        }
    }
}
