package dev.apikeys.memory;

import static dev.apikeys.verify.model.Schedules.hold;
import static dev.apikeys.verify.model.Schedules.refute;

import dev.apikeys.memory.Transaction.Outcome;
import dev.apikeys.memory.Transaction.Step;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Changes;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.WriteSet;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Keys in memory: several rows, and the journal rows with them, change at once or not at all, also to readers, and nobody
 * waits for anybody.
 */
@Tag("ci")
class KeyStoreModelCheckTest {
    // What is written is made once, ahead of the programs: to make it is no part of what is checked, and takes steps.

    private static final String HASH = "sha256$$00";
    private static final long NOW = 5;

    /** On a clock that stands and a journal that is small: a program must be the same each time, and is run often. */
    private static InMemoryApiKeyStore memory() {
        return new InMemoryApiKeyStore(InstantSource.fixed(Instant.ofEpochMilli(NOW)), () -> 0, 10);
    }

    private static KeyRow row(String id, @Nullable String lookup, String name, @Nullable Long expiresAt, long version) {
        return KeyRow.builder(id, HASH, name)
                .lookup(lookup)
                .expiresAt(expiresAt)
                .updatedAt(version)
                .version(version)
                .build();
    }

    private static JournalRow journalRow(String id) {
        return JournalRow.builder(id, "UPDATED", "actor").build();
    }

    private static WriteSet insert(String... ids) {
        WriteSet.Builder set = WriteSet.builder();
        for (String id : ids) {
            set.insert(row(id, null, "first", null, 1));
        }
        return set.build();
    }

    /** Second versions. */
    private static WriteSet.Builder replace(String name, String... ids) {
        WriteSet.Builder set = WriteSet.builder();
        for (String id : ids) {
            set.replace(new WriteSet.Replace(row(id, null, name, null, 2), HASH, null));
        }
        return set;
    }

    @Test
    void twoRowsChangeAtOnceAlsoToReaders() {
        hold(WriteTwoRows.class, 4);
    }

    @Test
    void twinThatWritesOneRowAfterTheOtherIsCaught() {
        refute(WriteTwoRows.OneAfterTheOther.class, "half", 4);
    }

    @Test
    void twinThatListsWithoutLookingAtTheCountIsCaught() {
        refute(WriteTwoRows.IgnoringTheCount.class, "half of a write was listed", 4);
    }

    @Test
    void twinThatReadsTheCountBeforeTheRowIsDecidedIsCaught() {
        refute(WriteTwoRows.CountingFirst.class, "half of a write was listed", 4);
    }

    @Test
    void twinThatListsUndecidedRowsIsCaught() {
        refute(WriteTwoRows.ListingUndecided.class, "half of a write was listed", 4);
    }

    @Test
    void twinThatMeetsAnIdTwiceInOneTraversalIsCaught() {
        refute(WriteTwoRows.MeetingTwice.class, "an id was listed twice", 4);
    }

    /** Two writes of the same two rows, of which one must lose, and a reader. */
    public static class WriteTwoRows {
        private static final WriteSet FIRST = insert("a", "b");
        private static final WriteSet SECOND = replace("second", "a", "b").build();
        private static final WriteSet OTHER = replace("other", "a", "b").build();

        private final AtomicInteger written = new AtomicInteger();
        private final ApiKeyStore store;

        public WriteTwoRows() {
            this(memory());
        }

        WriteTwoRows(ApiKeyStore store) {
            this.store = store;
            store.write(FIRST);
        }

        @Operation(runOnce = true)
        public void write() {
            write(SECOND);
        }

        @Operation(runOnce = true)
        public void writeToo() {
            write(OTHER);
        }

        private void write(WriteSet set) {
            if (store.write(set)) {
                written.incrementAndGet();
            }
        }

        @Operation(runOnce = true)
        public void list() {
            List<KeyRow> rows = store.list(KeyFilter.ALL, ApiKeyStore.Order.OLDEST_FIRST, null, 10, NOW)
                    .rows();
            if (rows.size() > 2) {
                throw new AssertionError("an id was listed twice: " + rows);
            }
            if (rows.size() == 2 && !rows.get(0).name().equals(rows.get(1).name())) {
                throw new AssertionError("half of a write was listed: " + rows);
            }
        }

        @Validate
        public void oneWasWrittenWhole() {
            list();
            if (written.get() != 1) {
                throw new AssertionError("half: " + written + " of two writes of one version succeeded");
            }
            requireVersion(store, "a", 2);
            requireVersion(store, "b", 2);
        }

        public static final class OneAfterTheOther extends WriteTwoRows {
            public OneAfterTheOther() {
                super(new WritesOneAfterTheOther());
            }
        }

        public static final class IgnoringTheCount extends WriteTwoRows {
            public IgnoringTheCount() {
                super(new IgnoresTheCount());
            }
        }

        public static final class CountingFirst extends WriteTwoRows {
            public CountingFirst() {
                super(new CountsBeforeItDecides());
            }
        }

        public static final class ListingUndecided extends WriteTwoRows {
            public ListingUndecided() {
                super(new ListsUndecided());
            }
        }

        public static final class MeetingTwice extends WriteTwoRows {
            public MeetingTwice() {
                super(new BeginsAgain());
            }
        }
    }

    @Test
    void writersThatMeetHelpEachOtherToTheEnd() {
        hold(OverlappingWrites.class);
    }

    @Test
    void twinThatReadsTheVersionThenPutsIsCaught() {
        refute(OverlappingWrites.ReadingThenPutting.class, "writes of one version");
    }

    /** Three writes, each of which shares a row with the next. */
    public static class OverlappingWrites {
        private static final WriteSet FIRST = insert("a", "b", "c");
        private static final WriteSet OF_A_AND_B =
                replace("ab", "a", "b").journal(journalRow("ab")).build();
        private static final WriteSet OF_B_AND_C =
                replace("bc", "b", "c").journal(journalRow("bc")).build();
        private static final WriteSet OF_B =
                replace("b", "b").journal(journalRow("b")).build();

        private final AtomicInteger ofA = new AtomicInteger(1);
        private final AtomicInteger ofB = new AtomicInteger(1);
        private final AtomicInteger ofC = new AtomicInteger(1);
        private final ApiKeyStore store;

        public OverlappingWrites() {
            this(memory());
        }

        OverlappingWrites(ApiKeyStore store) {
            this.store = store;
            store.write(FIRST);
        }

        @Operation(runOnce = true)
        public void writeAandB() {
            if (store.write(OF_A_AND_B)) {
                ofA.incrementAndGet();
                ofB.incrementAndGet();
            }
        }

        @Operation(runOnce = true)
        public void writeBandC() {
            if (store.write(OF_B_AND_C)) {
                ofB.incrementAndGet();
                ofC.incrementAndGet();
            }
        }

        @Operation(runOnce = true)
        public void writeB() {
            if (store.write(OF_B)) {
                ofB.incrementAndGet();
            }
        }

        @Validate
        public void versionsAreWhatWasWritten() {
            if (ofB.get() != 2) {
                throw new AssertionError("of three writes of one version " + (ofB.get() - 1) + " succeeded");
            }
            requireVersion(store, "a", ofA.get());
            requireVersion(store, "b", 2);
            requireVersion(store, "c", ofC.get());
            // Two writes that meet in b cannot both succeed: of three writes one did.
            if (store instanceof InMemoryApiKeyStore memory && memory.sizes().get(2) != 1) {
                throw new AssertionError("journal rows of writes that failed: " + memory.sizes());
            }
        }

        public static final class ReadingThenPutting extends OverlappingWrites {
            public ReadingThenPutting() {
                super(new WritesOneAfterTheOther());
            }
        }
    }

    @Test
    void aLookupBelongsToOneRow() {
        hold(InsertOneLookupTwice.class);
    }

    @Test
    void twinThatLooksForTheLookupThenPutsIsCaught() {
        refute(InsertOneLookupTwice.LookingThenPutting.class, "inserted 2 rows of one lookup");
    }

    @Test
    void twinThatPutsTheLookupBeforeTheRowIsCaught() {
        refute(InsertOneLookupTwice.PuttingTheLookupFirst.class, "found by lookup and not by id");
    }

    /** Two rows that want one lookup, and a reader by it. */
    public static class InsertOneLookupTwice {
        private static final WriteSet OF_A = inserting("a");
        private static final WriteSet OF_B = inserting("b");

        private final AtomicInteger inserted = new AtomicInteger();
        private final ApiKeyStore store;

        public InsertOneLookupTwice() {
            this(memory());
        }

        InsertOneLookupTwice(ApiKeyStore store) {
            this.store = store;
        }

        @Operation(runOnce = true)
        public void insert() {
            insert("a", OF_A);
        }

        @Operation(runOnce = true)
        public void insertToo() {
            insert("b", OF_B);
        }

        private static WriteSet inserting(String id) {
            return WriteSet.builder()
                    .insert(row(id, "lookup", "first", null, 1))
                    .journal(journalRow(id))
                    .build();
        }

        private void insert(String id, WriteSet set) {
            try {
                store.write(set);
                inserted.incrementAndGet();
            } catch (KeyExistsException e) {
                if (store.find(id) != null) {
                    throw new AssertionError("refused and kept");
                }
            }
        }

        @Operation(runOnce = true)
        public void find() {
            KeyRow found = store.findByLookup("lookup");
            if (found != null && store.find(found.id()) == null) {
                throw new AssertionError("found by lookup and not by id");
            }
        }

        @Validate
        public void oneIsThere() {
            if (inserted.get() != 1 || store.findByLookup("lookup") == null) {
                throw new AssertionError("inserted " + inserted + " rows of one lookup");
            }
            if (store instanceof InMemoryApiKeyStore memory && !memory.sizes().equals(List.of(1, 1, 1))) {
                throw new AssertionError("left behind: " + memory.sizes());
            }
        }

        public static final class LookingThenPutting extends InsertOneLookupTwice {
            public LookingThenPutting() {
                super(new LooksThenPuts());
            }
        }

        public static final class PuttingTheLookupFirst extends InsertOneLookupTwice {
            public PuttingTheLookupFirst() {
                super(new PutsTheLookupFirst());
            }
        }
    }

    private static UsageBatch uses(String node, long at) {
        return new UsageBatch(node, 1, List.of(new UsageBatch.Delta("a", 1, at)));
    }

    @Test
    void usageAndChangesOfARowDoNotOverwriteEachOther() {
        hold(UseWhileReplacing.class);
    }

    @Test
    void twinThatReadsThenPutsIsCaught() {
        refute(UseWhileReplacing.ReadingThenPutting.class, "lost");
    }

    /** Uses that are added from two sides, and a change of the row. */
    public static class UseWhileReplacing {
        private static final WriteSet FIRST = insert("a", "b");
        private static final WriteSet SECOND = replace("second", "a", "b").build();
        private static final UsageBatch ONE = uses("one", 7);
        private static final UsageBatch OTHER = uses("other", 5);

        private final ApiKeyStore store;

        public UseWhileReplacing() {
            this(memory());
        }

        UseWhileReplacing(ApiKeyStore store) {
            this.store = store;
            store.write(FIRST);
        }

        @Operation(runOnce = true)
        public void use() {
            store.addUsage(ONE);
        }

        @Operation(runOnce = true)
        public void useToo() {
            store.addUsage(OTHER);
        }

        @Operation(runOnce = true)
        public void replaceBoth() {
            store.write(SECOND);
        }

        @Validate
        public void nothingIsLost() {
            KeyRow row = store.find("a");
            if (row == null
                    || row.version() != 2
                    || row.usageCount() != 2
                    || !Long.valueOf(7).equals(row.lastUsedAt())) {
                throw new AssertionError("lost: " + row);
            }
        }

        public static final class ReadingThenPutting extends UseWhileReplacing {
            public ReadingThenPutting() {
                super(new WritesOneAfterTheOther());
            }
        }
    }

    @Test
    void aBatchOfUsesIsAddedOnce() {
        hold(AddOneBatchTwice.class);
    }

    @Test
    void twinThatLooksAtTheNumberThenAddsIsCaught() {
        refute(AddOneBatchTwice.LookingThenAdding.class, "a batch was added 2 times");
    }

    /** A batch that is sent again while the first attempt may still be under way, and a change of the row. */
    public static class AddOneBatchTwice {
        private static final WriteSet FIRST = insert("a");
        private static final WriteSet SECOND =
                KeyStoreModelCheckTest.replace("second", "a").build();
        private static final UsageBatch BATCH = uses("node", 7);

        private final ApiKeyStore store;

        public AddOneBatchTwice() {
            this(memory());
        }

        AddOneBatchTwice(ApiKeyStore store) {
            this.store = store;
            store.write(FIRST);
        }

        @Operation(runOnce = true)
        public void add() {
            addAndFind();
        }

        @Operation(runOnce = true)
        public void addAgain() {
            addAndFind();
        }

        private void addAndFind() {
            store.addUsage(BATCH);
            requireAddedOnce();
        }

        @Operation(runOnce = true)
        public void replace() {
            store.write(SECOND);
        }

        @Validate
        public void requireAddedOnce() {
            KeyRow row = store.find("a");
            if (row == null || row.usageCount() != 1) {
                throw new AssertionError("a batch was added " + (row == null ? null : row.usageCount()) + " times");
            }
        }

        public static final class LookingThenAdding extends AddOneBatchTwice {
            public LookingThenAdding() {
                super(new LooksAtTheNumberThenAdds());
            }
        }
    }

    @Test
    void aChangeAndItsJournalRowAreSeenTogether() {
        hold(WriteWithJournal.class);
    }

    @Test
    void twinThatWritesTheJournalAfterwardsIsCaught() {
        refute(WriteWithJournal.JournalAfterwards.class, "a change without its journal row");
    }

    @Test
    void twinThatWritesTheJournalFirstIsCaught() {
        refute(WriteWithJournal.JournalFirst.class, "a journal row without its change");
    }

    /** A write with a journal row, and a reader of both. */
    public static class WriteWithJournal {
        private static final WriteSet FIRST = insert("a");
        private static final WriteSet SECOND =
                replace("second", "a").journal(journalRow("second")).build();

        private final ApiKeyStore store;

        public WriteWithJournal() {
            this(memory());
        }

        WriteWithJournal(ApiKeyStore store) {
            this.store = store;
            store.write(FIRST);
        }

        @Operation(runOnce = true)
        public void write() {
            store.write(SECOND);
        }

        /** Each read is followed by one of the other side: what is written stays. */
        @Operation(runOnce = true)
        public void read() {
            List<JournalRow> before = journalOf(store);
            KeyRow row = found();
            List<JournalRow> after = journalOf(store);
            if (row.version() == 2 && after.isEmpty()) {
                throw new AssertionError("a change without its journal row: " + after);
            }
            if (row.version() == 1 && !before.isEmpty()) {
                throw new AssertionError("a journal row without its change: " + before);
            }
        }

        private KeyRow found() {
            KeyRow row = store.find("a");
            if (row == null) {
                throw new AssertionError("the row is gone");
            }
            return row;
        }

        @Validate
        public void itWasWrittenWithItsJournalRow() {
            read();
            requireVersion(store, "a", 2);
        }

        public static final class JournalAfterwards extends WriteWithJournal {
            public JournalAfterwards() {
                super(new WritesTheJournalApart(false));
            }
        }

        public static final class JournalFirst extends WriteWithJournal {
            public JournalFirst() {
                super(new WritesTheJournalApart(true));
            }
        }
    }

    @Test
    void journalRowsOfOneWriteAreSeenTogether() {
        hold(ReadTheJournal.class);
    }

    @Test
    void twinWhoseJournalIgnoresTheCountIsCaught() {
        refute(ReadTheJournal.IgnoringTheCount.class, "half of a write is in the journal");
    }

    @Test
    void twinWhoseJournalForgetsWhatWasUndecidedIsCaught() {
        refute(ReadTheJournal.ForgettingTheUndecided.class, "half of a write is in the journal");
    }

    /** A write with two journal rows, and a reader. */
    public static class ReadTheJournal {
        private static final WriteSet FIRST = insert("a", "b");
        private static final WriteSet SECOND = replace("second", "a", "b")
                .journal(journalRow("of a"))
                .journal(journalRow("of b"))
                .build();

        private final ApiKeyStore store;

        public ReadTheJournal() {
            this(memory());
        }

        ReadTheJournal(ApiKeyStore store) {
            this.store = store;
            store.write(FIRST);
        }

        @Operation(runOnce = true)
        public void write() {
            store.write(SECOND);
        }

        @Operation(runOnce = true)
        public void read() {
            List<JournalRow> rows = journalOf(store);
            if (rows.size() == 1) {
                throw new AssertionError("half of a write is in the journal: " + rows);
            }
        }

        @Validate
        public void bothAreThere() {
            read();
            if (journalOf(store).isEmpty()) {
                throw new AssertionError("the journal rows are gone");
            }
        }

        public static final class IgnoringTheCount extends ReadTheJournal {
            public IgnoringTheCount() {
                super(new JournalIgnoresTheCount());
            }
        }

        public static final class ForgettingTheUndecided extends ReadTheJournal {
            public ForgettingTheUndecided() {
                super(new JournalForgetsTheUndecided());
            }
        }
    }

    private static List<JournalRow> journalOf(ApiKeyStore store) {
        return store.journal(JournalRow.Filter.ALL, null, 10);
    }

    @Test
    void maintenancePurgesNoKeyThatWasProlongedAndNoNewOne() {
        hold(PurgeWhileProlongingAndCreating.class);
    }

    @Test
    void twinThatPurgesByIdIsCaught() {
        refute(PurgeWhileProlongingAndCreating.PurgingById.class, "prolonged 1 times and purged 1 times");
    }

    /** A purge, a change that moves the end of the key that the purge looks at, and a create. */
    public static class PurgeWhileProlongingAndCreating {
        private static final WriteSet FIRST =
                WriteSet.builder().insert(row("a", "lookup", "first", 1L, 1)).build();
        private static final WriteSet LATER = WriteSet.builder()
                .replace(new WriteSet.Replace(row("a", "lookup", "second", null, 2), HASH, null))
                .build();
        private static final WriteSet NEW = insert("b");
        private static final JournalRow PURGED = journalRow("purge");

        private final AtomicInteger prolonged = new AtomicInteger();
        private final AtomicInteger purged = new AtomicInteger();
        private final ApiKeyStore store;

        public PurgeWhileProlongingAndCreating() {
            this(memory());
        }

        PurgeWhileProlongingAndCreating(ApiKeyStore store) {
            this.store = store;
            store.write(FIRST);
        }

        @Operation(runOnce = true)
        public void purge() {
            purged.addAndGet(store.purge(Duration.ZERO, NOW, 10, PURGED).removed());
        }

        @Operation(runOnce = true)
        public void prolong() {
            if (store.write(LATER)) {
                prolonged.incrementAndGet();
            }
        }

        @Operation(runOnce = true)
        public void create() {
            store.write(NEW);
        }

        @Validate
        public void oneOfTheTwoWon() {
            if (prolonged.get() + purged.get() != 1) {
                throw new AssertionError("prolonged " + prolonged + " times and purged " + purged + " times");
            }
            if ((store.find("a") != null) != (prolonged.get() == 1) || store.find("b") == null) {
                throw new AssertionError("purged what must stay");
            }
            if (store instanceof InMemoryApiKeyStore memory
                    && !memory.sizes().equals(List.of(1 + prolonged.get(), prolonged.get(), purged.get()))) {
                throw new AssertionError("left behind: " + memory.sizes());
            }
        }

        public static final class PurgingById extends PurgeWhileProlongingAndCreating {
            public PurgingById() {
                super(new PurgesById());
            }
        }
    }

    @Test
    void whoHelpsTooLateBringsNothingBack() {
        hold(DeleteWhileOneHelpsLate.class, 4);
    }

    @Test
    void twinThatChecksForTheEndBeforeItReadsIsCaught() {
        refute(DeleteWhileOneHelpsLate.AskingFirst.class, "what was deleted is there again", 4);
    }

    /**
     * Two who run one insert, as a writer and its helper do; one goes on, deletes the row and inserts another, which lays a
     * vacancy where the other one looks.
     */
    public static class DeleteWhileOneHelpsLate {
        private static final String ID = "a";
        private static final KeyRow FIRST = row(ID, null, "first", null, 1);
        private static final KeyRow SECOND = row(ID, null, "second", null, 1);

        private final ConcurrentSkipListMap<String, Version<KeyRow>> versions = new ConcurrentSkipListMap<>();
        private final Table<KeyRow> rows = new Table<>(versions);
        private final AtomicLong commits = new AtomicLong();
        private final Edit<KeyRow> first = new Edit.Put<>(ID, FIRST);
        private final Transaction shared = inserting(first);

        private Transaction inserting(Edit<KeyRow> edit) {
            return new Transaction(List.of(new Step<>(rows, edit, ID)), commits);
        }

        @Operation(runOnce = true)
        public void help() {
            propose();
            shared.run();
        }

        /** For a twin: proposes what the run that follows would propose. */
        void propose() {}

        @Operation(runOnce = true)
        public void helpThenDeleteAndInsertAnew() {
            shared.run();
            KeyRow row = rows.get(ID);
            if (row == null || rows.apply(new Edit.Drop<>(ID, row)) != Outcome.COMMITTED) {
                throw new AssertionError("what was inserted is not there: " + row);
            }
            Transaction anew = inserting(new Edit.Put<>(ID, SECOND));
            anew.run();
            if (!anew.committed()) {
                throw new AssertionError("what was deleted is there again");
            }
        }

        @Validate
        public void theNewOneIsThere() {
            KeyRow row = rows.get(ID);
            if (row == null || !row.name().equals("second")) {
                throw new AssertionError("what was deleted is there again: " + row);
            }
        }

        /** Broken: after the answer the transaction is decided, and what is seen then is of another. */
        public static final class AskingFirst extends DeleteWhileOneHelpsLate {
            @Override
            void propose() {
                boolean over = super.shared.decided();
                Version<KeyRow> seen = super.versions.get(ID);
                if (!over && seen != null && seen.isVacant()) {
                    KeyRow after = super.first.after(null);
                    super.versions.replace(ID, seen, Version.proposal(null, after, super.shared));
                }
            }
        }
    }

    private static void requireVersion(ApiKeyStore store, String id, long version) {
        KeyRow row = store.find(id);
        if (row == null || row.version() != version) {
            throw new AssertionError(id + " has version " + (row == null ? null : row.version()) + ", not " + version);
        }
    }

    /** What no program asks of a twin. */
    private abstract static class Twin implements ApiKeyStore {
        @Override
        public @Nullable KeyRow findByLookup(String lookup) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Slice list(KeyFilter filter, Order order, @Nullable String after, int limit, long now) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void addUsage(UsageBatch batch) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Purge purge(Duration age, long now, int limit, JournalRow journal) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<JournalRow> journal(JournalRow.Filter filter, JournalRow.@Nullable Position before, int limit) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Purge purgeJournal(Duration age, long now, int limit) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Changes changes(Changes.@Nullable Mark mark) {
            throw new UnsupportedOperationException();
        }
    }

    /** Rows written as the memory store writes them. */
    private abstract static class Sound extends Twin {
        final ConcurrentSkipListMap<String, Version<KeyRow>> versions = new ConcurrentSkipListMap<>();
        final Table<KeyRow> rows = new Table<>(versions);
        final AtomicLong commits = new AtomicLong();

        @Override
        public boolean write(WriteSet set) {
            return set.split((inserts, replaces, deletes, journal) -> {
                List<Step<?>> steps = new ArrayList<>();
                inserts.forEach(row -> steps.add(new Step<>(rows, new Edit.Put<>(row.id(), row), row.id())));
                for (WriteSet.Replace replace : replaces) {
                    steps.add(new Step<>(
                            rows, new Edit.ReplaceRow(replace), replace.row().id()));
                }
                return write(new Transaction(steps, commits), journal);
            });
        }

        boolean write(Transaction transaction, List<JournalRow> journal) {
            return transaction.begin().outcome() == Outcome.COMMITTED;
        }

        @Override
        public @Nullable KeyRow find(String id) {
            return rows.get(id);
        }
    }

    /** A list that is broken. */
    private abstract static class BrokenList extends Sound {
        @Override
        public Slice list(KeyFilter filter, Order order, @Nullable String after, int limit, long now) {
            long moment = commits.get();
            List<KeyRow> found = new ArrayList<>();
            for (Map.Entry<String, Version<KeyRow>> entry : versions.entrySet()) {
                KeyRow row = rowOf(moment, entry.getKey(), entry.getValue());
                if (row == null) {
                    break;
                }
                found.add(row);
            }
            return new Slice(found, null);
        }

        /** The row, or null if it is not of this moment and the list must end. */
        abstract @Nullable KeyRow rowOf(long moment, String id, Version<KeyRow> version);
    }

    /** Broken: one row from before a write, the next one from after it. */
    private static final class IgnoresTheCount extends BrokenList {
        @Override
        @Nullable KeyRow rowOf(long moment, String id, Version<KeyRow> version) {
            return rows.decided(id, version);
        }
    }

    /** Broken: between the look at the count and the row's decision a write is decided. */
    private static final class CountsBeforeItDecides extends BrokenList {
        @Override
        @Nullable KeyRow rowOf(long moment, String id, Version<KeyRow> version) {
            long now = commits.get();
            KeyRow row = rows.decided(id, version);
            return now == moment ? row : null;
        }
    }

    /** Broken: a write that has moved the count is not decided yet, and its rows are seen as before it. */
    private static final class ListsUndecided extends BrokenList {
        @Override
        @Nullable KeyRow rowOf(long moment, String id, Version<KeyRow> version) {
            KeyRow row = version.current();
            return commits.get() == moment ? row : null;
        }
    }

    /** Broken: begins again when the count has moved, and keeps what it has found. */
    private static final class BeginsAgain extends BrokenList {
        @Override
        public Slice list(KeyFilter filter, Order order, @Nullable String after, int limit, long now) {
            List<KeyRow> found =
                    new ArrayList<>(super.list(filter, order, after, limit, now).rows());
            if (found.size() < 2) {
                found.addAll(super.list(filter, order, after, limit, now).rows());
            }
            return new Slice(found, null);
        }

        @Override
        @Nullable KeyRow rowOf(long moment, String id, Version<KeyRow> version) {
            KeyRow row = rows.decided(id, version);
            return commits.get() == moment ? row : null;
        }
    }

    /** Broken: a change and its journal row, one after the other. */
    private static final class WritesTheJournalApart extends Sound {
        private final ConcurrentSkipListMap<String, JournalRow> journal = new ConcurrentSkipListMap<>();
        private final boolean first;

        WritesTheJournalApart(boolean first) {
            this.first = first;
        }

        @Override
        boolean write(Transaction transaction, List<JournalRow> journalRows) {
            if (first) {
                journalRows.forEach(row -> journal.put(row.id(), row));
            }
            boolean written = super.write(transaction, journalRows);
            for (JournalRow row : journalRows) {
                if (written) {
                    journal.put(row.id(), row);
                } else {
                    journal.remove(row.id());
                }
            }
            return written;
        }

        @Override
        public List<JournalRow> journal(JournalRow.Filter filter, JournalRow.@Nullable Position before, int limit) {
            return List.copyOf(journal.values());
        }
    }

    /** A journal that is broken: rows with their transaction, put before it begins, and read from the newest on. */
    private abstract static class BrokenJournal extends Sound {
        record Entry(JournalRow row, Transaction transaction) {}

        private final AtomicReferenceArray<@Nullable Entry> entries = new AtomicReferenceArray<>(4);
        private final AtomicInteger end = new AtomicInteger();

        @Override
        boolean write(Transaction transaction, List<JournalRow> journalRows) {
            int place = end.getAndAdd(journalRows.size());
            for (JournalRow row : journalRows) {
                entries.set(place++, new Entry(row, transaction));
            }
            return super.write(transaction, journalRows);
        }

        @Override
        public List<JournalRow> journal(JournalRow.Filter filter, JournalRow.@Nullable Position before, int limit) {
            long moment = commits.get();
            Set<Transaction> undecided = new HashSet<>();
            List<JournalRow> found = new ArrayList<>();
            for (int place = end.get() - 1; place >= 0; place--) {
                Entry entry = entries.get(place);
                if (entry != null && isVisible(entry.transaction, moment, undecided)) {
                    found.add(entry.row);
                }
            }
            return found;
        }

        abstract boolean isVisible(Transaction transaction, long moment, Set<Transaction> undecided);
    }

    /** Broken: passes a place before its row is there, and shows the other row of a write that has committed since. */
    private static final class JournalIgnoresTheCount extends BrokenJournal {
        @Override
        boolean isVisible(Transaction transaction, long moment, Set<Transaction> undecided) {
            if (!transaction.decided()) {
                undecided.add(transaction);
            }
            return transaction.committed() && !undecided.contains(transaction);
        }
    }

    /** Broken: a write that has moved the count is decided between the looks at its rows. */
    private static final class JournalForgetsTheUndecided extends BrokenJournal {
        @Override
        boolean isVisible(Transaction transaction, long moment, Set<Transaction> undecided) {
            Transaction.Decision decision = transaction.decision();
            return decision != null && decision.outcome() == Outcome.COMMITTED && decision.moment() <= moment;
        }
    }

    /** Rows in two indexes, and nothing that changes both at once. */
    private abstract static class TwoMaps extends Twin {
        final ConcurrentHashMap<String, KeyRow> rows = new ConcurrentHashMap<>();
        final ConcurrentHashMap<String, KeyRow> byLookup = new ConcurrentHashMap<>();

        @Override
        public boolean write(WriteSet set) {
            return set.split((inserts, replaces, deletes, journal) -> {
                insert(inserts.get(0));
                return true;
            });
        }

        abstract void insert(KeyRow row);

        @Override
        public @Nullable KeyRow find(String id) {
            return rows.get(id);
        }

        @Override
        public @Nullable KeyRow findByLookup(String lookup) {
            return byLookup.get(lookup);
        }
    }

    /** Broken: both see that nobody has the lookup. */
    private static final class LooksThenPuts extends TwoMaps {
        @Override
        void insert(KeyRow row) {
            if (byLookup.containsKey(row.lookup())) {
                throw new KeyExistsException(row.id(), null);
            }
            rows.put(row.id(), row);
            byLookup.put(row.lookup(), row);
        }
    }

    /** Broken: who finds the row by its lookup may not find it by its id yet. */
    private static final class PutsTheLookupFirst extends TwoMaps {
        @Override
        void insert(KeyRow row) {
            if (byLookup.putIfAbsent(row.lookup(), row) != null) {
                throw new KeyExistsException(row.id(), null);
            }
            rows.put(row.id(), row);
        }
    }

    /** Broken: both see that the batch was not added yet. */
    private static final class LooksAtTheNumberThenAdds extends Sound {
        private final ConcurrentHashMap<String, Long> batches = new ConcurrentHashMap<>();

        @Override
        public void addUsage(UsageBatch batch) {
            if (batches.getOrDefault(batch.node(), 0L) < batch.number()) {
                batch.deltas().forEach(delta -> rows.apply(new Edit.AddUsage(delta)));
                batches.put(batch.node(), batch.number());
            }
        }
    }

    /** Broken: decides on a row, and removes what stands under its id by then. */
    private static final class PurgesById extends Twin {
        private final ConcurrentSkipListMap<String, KeyRow> rows = new ConcurrentSkipListMap<>();

        @Override
        public boolean write(WriteSet set) {
            return set.split((inserts, replaces, deletes, journal) -> {
                inserts.forEach(row -> rows.put(row.id(), row));
                return replaces.stream().allMatch(this::replaced);
            });
        }

        private boolean replaced(WriteSet.Replace replace) {
            KeyRow stored = rows.get(replace.row().id());
            return stored != null
                    && stored.version() == replace.expectedVersion()
                    && rows.replace(stored.id(), stored, replace.row());
        }

        @Override
        public @Nullable KeyRow find(String id) {
            return rows.get(id);
        }

        @Override
        public Purge purge(Duration age, long now, int limit, JournalRow journal) {
            List<KeyRow> removed = new ArrayList<>();
            for (KeyRow row : rows.values()) {
                if (EndedRows.ended(row, now - age.toMillis()) && rows.remove(row.id()) != null) {
                    removed.add(row);
                }
            }
            return Purge.ofKeys(removed, Rest.NONE);
        }
    }

    /** Broken twice: looks at all versions and then puts row after row, and puts back a row as it was read. */
    private static final class WritesOneAfterTheOther extends Twin {
        private final ConcurrentSkipListMap<String, KeyRow> rows = new ConcurrentSkipListMap<>();

        @Override
        public boolean write(WriteSet set) {
            return set.split((inserts, replaces, deletes, journal) -> {
                inserts.forEach(row -> rows.put(row.id(), row));
                if (!replaces.stream().allMatch(this::isExpected)) {
                    return false;
                }
                replaces.forEach(replace -> put(replace.row()));
                return true;
            });
        }

        private boolean isExpected(WriteSet.Replace replace) {
            KeyRow stored = rows.get(replace.row().id());
            return stored != null && stored.version() == replace.expectedVersion();
        }

        private void put(KeyRow row) {
            KeyRow stored = rows.get(row.id());
            rows.put(row.id(), stored == null ? row : used(row, stored, 0, 0));
        }

        @Override
        public void addUsage(UsageBatch batch) {
            for (UsageBatch.Delta delta : batch.deltas()) {
                KeyRow stored = rows.get(delta.keyId());
                if (stored != null) {
                    rows.put(delta.keyId(), used(stored, stored, delta.count(), delta.lastUsedAt()));
                }
            }
        }

        private static KeyRow used(KeyRow row, KeyRow before, long more, long at) {
            Long last = before.lastUsedAt();
            return row.toBuilder()
                    .lastUsedAt(more == 0 ? last : (Long) Math.max(last == null ? 0 : last, at))
                    .usageCount(before.usageCount() + more)
                    .build();
        }

        @Override
        public @Nullable KeyRow find(String id) {
            return rows.get(id);
        }

        @Override
        public Slice list(KeyFilter filter, Order order, @Nullable String after, int limit, long now) {
            return new Slice(rows.entrySet().stream().map(Map.Entry::getValue).toList(), null);
        }
    }
}
