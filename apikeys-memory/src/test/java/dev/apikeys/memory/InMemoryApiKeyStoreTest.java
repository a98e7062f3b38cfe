package dev.apikeys.memory;

import static dev.apikeys.memory.TestRows.deleting;
import static dev.apikeys.memory.TestRows.insert;
import static dev.apikeys.memory.TestRows.inserting;
import static dev.apikeys.memory.TestRows.replace;
import static dev.apikeys.memory.TestRows.replacing;
import static dev.apikeys.memory.TestRows.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.apikeys.spi.ApiKeyStore.Order;
import dev.apikeys.spi.ApiKeyStore.Purge;
import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.ApiKeyStore.Slice;
import dev.apikeys.spi.Changes;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.JournalRow.Filter;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.UsageBatch.Delta;
import dev.apikeys.spi.WriteSet;
import dev.apikeys.tck.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class InMemoryApiKeyStoreTest {
    private static final KeyFilter NOBODY = KeyFilter.builder().owner("nobody").build();
    private static final long MILLI = 1_000_000;

    private long now = Samples.T0;
    private long nanos;
    private int purges;

    /** What a look at the ticker costs. */
    private long nanosPerLook;

    private final InMemoryApiKeyStore store =
            new InMemoryApiKeyStore(() -> Instant.ofEpochMilli(now), () -> nanos += nanosPerLook, 5);

    // ---------------------------------------------------------------- scans of 200 ms

    @Test
    void aRareFilterEndsASliceBeforeTheListEnds() {
        for (int i = 0; i < 1_000; i++) {
            store.write(insert(row(id(i))));
        }
        nanosPerLook = 100 * MILLI;

        Slice slice = store.list(NOBODY, Order.OLDEST_FIRST, null, 10, 0);

        assertThat(slice.rows()).isEmpty();
        assertThat(slice.next()).isEqualTo(id(255));
        Slice backwards = store.list(NOBODY, Order.NEWEST_FIRST, null, 10, 0);
        assertThat(backwards.rows()).isEmpty();
        assertThat(backwards.next()).isEqualTo(id(744));
        assertThat(store.list(NOBODY, Order.OLDEST_FIRST, id(990), 10, 0)).isEqualTo(new Slice(List.of(), null));
    }

    @Test
    void aPurgeOfManyRowsTakesSeveralCallsAndMissesNone() {
        int rows = 2_000;
        for (int i = 0; i < rows; i++) {
            store.write(insert(row(id(i), null, "n", i % 100 == 0 ? now - 5 : now + 500, 1)));
        }
        nanosPerLook = 100 * MILLI;

        int removed = 0;
        int calls = 0;
        for (Rest rest = Rest.MORE; rest == Rest.MORE; calls++) {
            Purge purge = purge(1_000);
            removed += purge.removed();
            rest = purge.rest();
        }

        assertThat(removed).isEqualTo(20);
        assertThat(calls).as("calls of 256 rows").isEqualTo(8);
    }

    @Test
    void aPurgeReturnsToRowsThatEndAfterItHasPassedThem() {
        for (int i = 0; i < 1_000; i++) {
            store.write(insert(row(id(i), null, "n", now + 500, 1)));
        }
        nanosPerLook = 100 * MILLI;
        assertThat(purge(10).rest()).isEqualTo(Rest.MORE);
        store.write(replacing(row(id(0), null, "n", now - 5, 2)));
        nanosPerLook = 0;

        Purge purge = purge(10);

        assertThat(purge.rows()).extracting(KeyRow::id).containsExactly(id(0));
        assertThat(purge.rest()).isEqualTo(Rest.NONE);
    }

    @Test
    void aPurgeThatReachesItsLimitGoesOnWhereItStopped() {
        for (int i = 0; i < 10; i++) {
            store.write(insert(row(id(i), null, "n", now - 5, 1)));
        }

        assertThat(purge(4)).matches(purge -> purge.removed() == 4 && purge.rest() == Rest.MORE);
        assertThat(purge(4)).matches(purge -> purge.removed() == 4 && purge.rest() == Rest.MORE);
        assertThat(purge(4)).matches(purge -> purge.removed() == 2 && purge.rest() == Rest.NONE);
    }

    private Purge purge(int limit) {
        return store.purge(Duration.ZERO, now, limit, Samples.journal(++purges).build());
    }

    @Test
    void noAgeIsTooGreat() {
        store.write(insert(row("ak_1", null, "n", 0L, 1)));

        assertThat(store.purge(
                                Duration.ofSeconds(Long.MAX_VALUE),
                                now,
                                10,
                                Samples.journal(1).build())
                        .removed())
                .isZero();
        assertThat(store.purgeJournal(Duration.ofSeconds(Long.MAX_VALUE), now, 10)
                        .removed())
                .isZero();
    }

    // ---------------------------------------------------------------- the journal

    @Test
    void theJournalHoldsTheLatestRows() {
        for (int i = 1; i <= 12; i++) {
            now++;
            store.write(
                    inserting(row(id(i))).journal(Samples.journal(i).build()).build());
        }

        assertThat(store.journal(Filter.ALL, null, 10))
                .extracting(JournalRow::id)
                .containsExactly(journalId(12), journalId(11), journalId(10), journalId(9), journalId(8));
        assertThat(store.sizes()).containsExactly(12, 0, 5);
    }

    @Test
    void aWriteThatIsRefusedLeavesNoJournalRow() {
        store.write(insert(row("ak_1")));

        assertThatThrownBy(() -> store.write(inserting(row("ak_1"))
                        .journal(Samples.journal(1).build())
                        .build()))
                .isInstanceOf(KeyExistsException.class);
        assertThat(store.write(WriteSet.builder()
                        .replace(replace(row("ak_1", null, "n", null, 7)))
                        .journal(Samples.journal(2).build())
                        .journal(Samples.journal(3).build())
                        .build()))
                .isFalse();

        assertThat(store.sizes()).containsExactly(1, 0, 0);
    }

    @Test
    void aClockThatGoesBackMovesNoRowIntoWhatWasRead() {
        writeJournalRow(1);
        now -= 60_000;
        writeJournalRow(2);
        now += 60_001;
        writeJournalRow(3);

        assertThat(store.journal(Filter.ALL, null, 10))
                .extracting(JournalRow::time)
                .containsExactly(Samples.T0 + 1, Samples.T0, Samples.T0);
    }

    @Test
    void aPurgeOfTheJournalLeavesRoomForNothingElse() {
        for (int i = 1; i <= 4; i++) {
            writeJournalRow(i);
            now++;
        }

        assertThat(store.purgeJournal(Duration.ofMillis(2), now, 1)).isEqualTo(Purge.ofJournal(1, Rest.MORE));
        assertThat(store.purgeJournal(Duration.ofMillis(2), now, 10)).isEqualTo(Purge.ofJournal(2, Rest.NONE));
        assertThat(store.journal(Filter.ALL, null, 10))
                .extracting(JournalRow::id)
                .containsExactly(journalId(4));
    }

    @Test
    void aMarkThatTheRingHasLeftBehindTellsAll() {
        Changes.Mark mark = store.changes(null).next();
        for (int i = 1; i <= 5; i++) {
            writeJournalRow(i);
        }
        assertThat(store.changes(mark).isAll()).isFalse();

        writeJournalRow(6);

        assertThat(store.changes(mark).isAll()).isTrue();
        assertThat(store.changes(store.changes(mark).next()).isAll()).isFalse();
    }

    @Test
    void aMarkOfAnotherStoreTellsAll() {
        Changes.Mark mark = new InMemoryApiKeyStore().changes(null).next();

        assertThat(store.changes(mark).isAll()).isTrue();
    }

    @Test
    void aReaderOfChangesPutsNothingIntoTheJournal() {
        store.write(insert(row("ak_1")));
        assertThat(store.write(WriteSet.builder()
                        .replace(replace(row("ak_1", null, "n", null, 7)))
                        .journal(Samples.journal(2).build())
                        .build()))
                .isFalse();

        Changes changes = store.changes(store.changes(null).next());

        assertThat(changes.isAll()).isFalse();
        assertThat(changes.ids()).isEmpty();
        assertThat(store.sizes()).containsExactly(1, 0, 0);
        assertThat(store.journal(Filter.builder().from(1L).build(), null, 5)).isEmpty();
    }

    @Test
    void aWriteOfMoreRowsThanTheJournalHoldsEnds() {
        Changes.Mark mark = store.changes(null).next();
        WriteSet.Builder set = WriteSet.builder();
        for (int i = 1; i <= 12; i++) {
            set.journal(Samples.journal(i).build());
        }

        assertThat(store.write(set.build())).isTrue();

        assertThat(store.sizes()).containsExactly(0, 0, 5);
        assertThat(store.changes(mark).isAll()).isTrue();
    }

    private void writeJournalRow(int number) {
        store.write(WriteSet.builder().journal(Samples.journal(number).build()).build());
    }

    private static String journalId(int number) {
        return Samples.journal(number).build().id();
    }

    // ---------------------------------------------------------------- usage

    @Test
    void aCountAtTheBrinkStaysThere() {
        store.write(insert(row("ak_1")));
        store.addUsage(new UsageBatch("node", 1, List.of(new Delta("ak_1", Long.MAX_VALUE - 1, 5))));

        store.addUsage(new UsageBatch("node", 2, List.of(new Delta("ak_1", 2, 6))));

        assertThat(store.find("ak_1").usageCount()).isEqualTo(Long.MAX_VALUE - 1);
        assertThat(store.find("ak_1").lastUsedAt()).isEqualTo(6);
    }

    @Test
    void usageOfAnUnknownKeyLeavesNoEntryBehind() {
        store.addUsage(new UsageBatch("node", 1, List.of(new Delta("ak_1", 1, 5), new Delta("ak_2", 1, 5))));

        assertThat(store.sizes()).containsExactly(0, 0, 0);
    }

    // ---------------------------------------------------------------- lookups, and what is left

    @Test
    void aDeletedRowFreesItsLookup() {
        store.write(insert(row("ak_1", "hash", "n", null, 1)));
        assertThatThrownBy(() -> store.write(insert(row("ak_2", "hash", "n", null, 1))))
                .isInstanceOf(KeyExistsException.class)
                .hasMessageContaining("ak_2");
        assertThat(store.sizes()).containsExactly(1, 1, 0);

        assertThat(store.write(deleting("ak_1"))).isTrue();

        assertThat(store.findByLookup("hash")).isNull();
        assertThat(store.sizes()).containsExactly(0, 0, 0);
        assertThat(store.write(insert(row("ak_2", "hash", "n", null, 1)))).isTrue();
    }

    @Test
    void aLookupThatIsDeletedAndInsertedAtOnceExists() {
        store.write(insert(row("ak_1", "hash", "n", null, 1)));

        assertThatThrownBy(() -> store.write(inserting(row("ak_2", "hash", "n", null, 1))
                        .delete(new WriteSet.Delete("ak_1", Samples.HASH, null))
                        .build()))
                .isInstanceOf(KeyExistsException.class)
                .hasMessageContaining("ak_2");

        assertThat(store.findByLookup("hash")).isEqualTo(store.find("ak_1")).isNotNull();
        assertThat(store.sizes()).containsExactly(1, 1, 0);
    }

    @Test
    void aPurgedRowFreesItsLookup() {
        store.write(insert(row("ak_1", "hash", "n", now, 1)));

        assertThat(purge(1).rows()).extracting(KeyRow::id).containsExactly("ak_1");

        assertThat(store.sizes()).containsExactly(0, 0, 1);
    }

    @Test
    void aRefusedWriteLeavesNoEntryBehind() {
        store.write(insert(row("ak_5")));

        assertThatThrownBy(() -> store.write(insert(row("ak_1", "hash", "n", null, 1), row("ak_5"), row("ak_9"))))
                .isInstanceOf(KeyExistsException.class)
                .hasMessageContaining("ak_5");
        assertThat(store.write(inserting(row("ak_1"))
                        .replace(replace(row("ak_5", null, "new", null, 7)))
                        .build()))
                .isFalse();

        assertThat(store.sizes()).containsExactly(1, 0, 0);
    }

    @Test
    void aBatchWithOneLookupTwiceIsADuplicate() {
        assertThatThrownBy(
                        () -> store.write(insert(row("ak_1", "hash", "n", null, 1), row("ak_2", "hash", "n", null, 1))))
                .isInstanceOf(KeyExistsException.class)
                .hasMessageContaining("ak_2");

        assertThat(store.sizes()).containsExactly(0, 0, 0);
    }

    @Test
    void refusesArgumentsOutsideTheContract() {
        List<Runnable> calls = new ArrayList<>();
        calls.add(() -> store.list(KeyFilter.ALL, Order.OLDEST_FIRST, null, 0, 0));
        calls.add(
                () -> store.purge(Duration.ZERO, now, 1_001, Samples.journal(1).build()));
        calls.add(() -> store.journal(Filter.ALL, null, 0));
        calls.add(() -> store.purgeJournal(Duration.ZERO, now, -1));
        for (Runnable call : calls) {
            assertThatIllegalArgumentException()
                    .isThrownBy(call::run)
                    .withMessageMatching("limit is (0|-1|1001); allowed: 1 to 1000");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> store.addUsage(new UsageBatch("node", 1, List.of())))
                .withMessage("size of deltas is 0; allowed: 1 to 500");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> store.addUsage(
                        new UsageBatch("node", 1, List.of(new Delta("ak_2", 1, 1), new Delta("ak_1", 1, 1)))))
                .withMessage("deltas hold ak_1 after ak_2; allowed: ascending order, each once");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> store.purgeJournal(Duration.ofMillis(-1), now, 1))
                .withMessage("age is PT-0.001S; allowed: at least zero");
        assertThat(store.sizes()).containsExactly(0, 0, 0);
    }

    private static String id(int i) {
        return String.format(Locale.ROOT, "ak_%06d", i);
    }
}
