package dev.apikeys.memory;

import static org.assertj.core.api.Assertions.assertThat;

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
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.UsageBatch.Delta;
import dev.apikeys.spi.WriteSet;
import dev.apikeys.tck.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.jspecify.annotations.Nullable;

/** Any program of calls has the same results on the store and on a plain map. */
class InMemoryApiKeyStoreModelTest {
    private static final Comparator<JournalRow> NEWEST_FIRST = Comparator.comparingLong(JournalRow::time)
            .thenComparing(JournalRow::id)
            .reversed();

    /** A call, and what it must answer and leave. */
    interface Step {
        void run(Pair pair);
    }

    /** One change of a write. */
    record Edit(
            String id,
            @Nullable KeyRow row,
            boolean isDelete,
            @Nullable Long unlessUsedSince) {}

    /** The store, the model, and the clock of both. */
    static final class Pair {
        final Model model = new Model();
        final InMemoryApiKeyStore store =
                new InMemoryApiKeyStore(() -> Instant.ofEpochMilli(model.now), System::nanoTime, 1_000);
        int journalRows;
        Changes.Mark mark = store.changes(null).next();

        JournalRow.Builder journalRow() {
            // Not in the order of their ids.
            return Samples.journal(++journalRows * 7 % 1_000);
        }
    }

    @Property(tries = 300)
    void answersLikeAPlainMap(@ForAll("programs") List<Step> program) {
        Pair pair = new Pair();
        for (Step step : program) {
            step.run(pair);
            assertThat(listed(pair.store, KeyFilter.ALL, Order.OLDEST_FIRST, 3, 0))
                    .isEqualTo(List.copyOf(pair.model.rows.values()));
            assertThat(journal(pair.store, Filter.ALL, 2)).isEqualTo(pair.model.journal(Filter.ALL));
        }
        long lookups = pair.model.rows.values().stream()
                .filter(row -> row.lookup() != null)
                .count();
        assertThat(pair.store.sizes())
                .as("entries kept")
                .containsExactly(pair.model.rows.size(), (int) lookups, pair.model.journal.size());
    }

    @Provide
    Arbitrary<List<Step>> programs() {
        return Arbitraries.frequencyOf(
                        Tuple.of(6, writes()),
                        Tuple.of(2, usage()),
                        Tuple.of(1, purges()),
                        Tuple.of(1, finds()),
                        Tuple.of(1, lists()),
                        Tuple.of(1, journals()),
                        Tuple.of(1, purgesOfTheJournal()),
                        Tuple.of(2, changes()),
                        Tuple.of(2, moves()))
                .list()
                .ofMaxSize(40);
    }

    private static Arbitrary<String> ids() {
        return Arbitraries.integers().between(0, 7).map(i -> "ak_" + i);
    }

    private static Arbitrary<Long> times() {
        return Arbitraries.longs().between(0, 20);
    }

    private static Arbitrary<@Nullable Long> ends() {
        return times().injectNull(0.5);
    }

    private static Arbitrary<Edit> edits() {
        Arbitrary<@Nullable String> lookups = Arbitraries.of("h1", "h2", "h3").injectNull(0.6);
        Arbitrary<@Nullable String> owners = Arbitraries.of("a", "b").injectNull(0.3);
        Arbitrary<Long> versions = Arbitraries.longs().between(0, 4);
        return Combinators.combine(ids(), lookups, owners, ends(), ends(), versions, ends())
                .as((id, lookup, owner, expires, revoked, version, unused) -> {
                    KeyRow row = Samples.key(id)
                            .lookup(lookup)
                            .name("v" + version)
                            .owner(owner)
                            .createdBy(owner)
                            .createdAt(version)
                            .expiresAt(expires)
                            .revokedAt(revoked)
                            .version(Math.max(1, version))
                            .build();
                    return new Edit(id, version == 0 ? null : row, version == 0, unused);
                });
    }

    private static Arbitrary<Step> writes() {
        Arbitrary<List<Edit>> batches = edits().list()
                .uniqueElements(Edit::id)
                .ofMinSize(1)
                .ofMaxSize(4)
                .map(edits ->
                        edits.stream().sorted(Comparator.comparing(Edit::id)).toList());
        return Combinators.combine(batches, Arbitraries.integers().between(0, 2))
                .as((edits, rows) -> pair -> {
                    List<JournalRow> journal = new ArrayList<>();
                    for (int i = 0; i < rows; i++) {
                        JournalRow row =
                                pair.journalRow().keyId(edits.get(0).id()).build();
                        journal.add(i == 0 ? row : created(row));
                    }
                    assertThat(write(pair.store, set(edits, journal))).isIn(pair.model.write(edits, journal));
                });
    }

    private static JournalRow created(JournalRow row) {
        return JournalRow.builder(row.id(), JournalRow.CREATED, row.actor())
                .keyId(row.keyId())
                .build();
    }

    private static WriteSet set(List<Edit> edits, List<JournalRow> journal) {
        WriteSet.Builder set = WriteSet.builder();
        for (Edit edit : edits) {
            if (edit.isDelete()) {
                set.delete(new WriteSet.Delete(edit.id(), Samples.HASH, edit.unlessUsedSince()));
            } else if (edit.row().version() == 1) {
                set.insert(edit.row());
            } else {
                set.replace(new WriteSet.Replace(edit.row(), Samples.HASH, edit.unlessUsedSince()));
            }
        }
        journal.forEach(set::journal);
        return set.build();
    }

    private static String write(InMemoryApiKeyStore store, WriteSet set) {
        try {
            return String.valueOf(store.write(set));
        } catch (KeyExistsException e) {
            return "refused";
        }
    }

    private static Arbitrary<Step> usage() {
        Arbitrary<Delta> deltas = Combinators.combine(ids(), Arbitraries.longs().between(0, 5), times())
                .as(Delta::new);
        Arbitrary<List<Delta>> batches = deltas.list()
                .uniqueElements(Delta::keyId)
                .ofMinSize(1)
                .ofMaxSize(4)
                .map(each ->
                        each.stream().sorted(Comparator.comparing(Delta::keyId)).toList());
        return Combinators.combine(
                        Arbitraries.of("n1", "n2"), Arbitraries.longs().between(1, 6), batches)
                .as((node, number, batch) -> pair -> {
                    pair.store.addUsage(new UsageBatch(node, number, batch));
                    pair.model.use(node, number, batch);
                });
    }

    private static Arbitrary<Step> purges() {
        return Combinators.combine(times(), times(), Arbitraries.integers().between(1, 3))
                .as((age, ahead, limit) -> pair -> {
                    long cutOff = pair.model.now - age;
                    List<KeyRow> ended = pair.model.rows.values().stream()
                            .filter(row -> row.endsAt() != null && row.endsAt() <= cutOff)
                            .toList();
                    JournalRow row = pair.journalRow().build();

                    Purge purge = pair.store.purge(Duration.ofMillis(age), pair.model.now + ahead, limit, row);

                    assertThat(purge.rows())
                            .hasSize(Math.min(limit, ended.size()))
                            .isSubsetOf(ended);
                    assertThat(purge.removed()).isEqualTo(purge.rows().size());
                    assertThat(purge.rest() == Rest.NONE || ended.size() >= limit)
                            .as("%s after %d of %d", purge.rest(), purge.removed(), ended.size())
                            .isTrue();
                    purge.rows().forEach(each -> pair.model.rows.remove(each.id()));
                    if (purge.removed() > 0) {
                        pair.model.append(
                                List.of(row.toBuilder().count(purge.removed()).build()));
                    }
                });
    }

    private static Arbitrary<Step> finds() {
        return Combinators.combine(ids(), Arbitraries.of("h1", "h2", "h3")).as((id, lookup) -> pair -> {
            assertThat(pair.store.find(id)).isEqualTo(pair.model.rows.get(id));
            assertThat(pair.store.findByLookup(lookup)).isEqualTo(pair.model.byLookup(lookup));
        });
    }

    private static Arbitrary<Step> lists() {
        Arbitrary<@Nullable String> owners = Arbitraries.of("a", "b").injectNull(0.3);
        Arbitrary<@Nullable KeyStatus> statuses =
                Arbitraries.of(KeyStatus.class).injectNull(0.3);
        return Combinators.combine(
                        owners,
                        statuses,
                        Arbitraries.of(Order.class),
                        times(),
                        Arbitraries.integers().between(1, 5))
                .as((owner, status, order, now, limit) -> pair -> {
                    KeyFilter filter =
                            KeyFilter.builder().owner(owner).status(status).build();
                    List<KeyRow> expected = new ArrayList<>(pair.model.rows.values());
                    expected.removeIf(row -> !filter.matches(row, now));
                    if (order == Order.NEWEST_FIRST) {
                        Collections.reverse(expected);
                    }
                    assertThat(listed(pair.store, filter, order, limit, now)).isEqualTo(expected);
                });
    }

    private static List<KeyRow> listed(InMemoryApiKeyStore store, KeyFilter filter, Order order, int limit, long now) {
        List<KeyRow> all = new ArrayList<>();
        String after = null;
        do {
            Slice slice = store.list(filter, order, after, limit, now);
            assertThat(slice.rows()).hasSizeLessThanOrEqualTo(limit);
            all.addAll(slice.rows());
            after = slice.next();
        } while (after != null);
        return all;
    }

    private static Arbitrary<Step> journals() {
        Arbitrary<@Nullable Long> moments = times().injectNull(0.5);
        return Combinators.combine(
                        ids().injectNull(0.5),
                        moments,
                        moments,
                        Arbitraries.integers().between(1, 5))
                .as((id, from, until, limit) -> pair -> {
                    Filter filter =
                            Filter.builder().keyId(id).from(from).until(until).build();
                    assertThat(journal(pair.store, filter, limit)).isEqualTo(pair.model.journal(filter));
                });
    }

    private static List<JournalRow> journal(InMemoryApiKeyStore store, Filter filter, int limit) {
        List<JournalRow> all = new ArrayList<>();
        for (; ; ) {
            JournalRow.Position before =
                    all.isEmpty() ? null : all.get(all.size() - 1).position();
            List<JournalRow> page = store.journal(filter, before, limit);
            all.addAll(page);
            if (page.size() < limit) {
                return all;
            }
        }
    }

    private static Arbitrary<Step> purgesOfTheJournal() {
        return Combinators.combine(times(), Arbitraries.integers().between(1, 3))
                .as((age, limit) -> pair -> {
                    List<JournalRow> old = pair.model.journal(
                            Filter.builder().until(pair.model.now - age + 1).build());
                    Purge purge = pair.store.purgeJournal(Duration.ofMillis(age), pair.model.now, limit);
                    int removed = Math.min(limit, old.size());
                    assertThat(purge).isEqualTo(Purge.ofJournal(removed, old.size() > limit ? Rest.MORE : Rest.NONE));
                    // The store removes in the order in which it wrote.
                    pair.model.journal.removeAll(pair.model.journal.stream()
                            .filter(old::contains)
                            .limit(removed)
                            .toList());
                });
    }

    private static Arbitrary<Step> changes() {
        return Arbitraries.of(true, false).map(moveOn -> pair -> {
            Changes changes = pair.store.changes(pair.mark);
            List<JournalRow> written = pair.model.sinceMark;
            boolean gone = !pair.model.journal.containsAll(written);
            assertThat(changes.isAll()).as("all; written were %s", written).isEqualTo(gone);
            assertThat(changes.isCertain()).isTrue();
            if (!gone) {
                assertThat(changes.ids())
                        .isEqualTo(written.stream()
                                .filter(JournalRow::isChange)
                                .map(JournalRow::keyId)
                                .collect(Collectors.toSet()));
            }
            if (moveOn) {
                pair.mark = changes.next();
                written.clear();
            }
        });
    }

    private static Arbitrary<Step> moves() {
        return times().map(millis -> pair -> pair.model.now += millis);
    }

    /** The store as it would be with one thread and no care for speed. */
    static final class Model {
        final TreeMap<String, KeyRow> rows = new TreeMap<>();
        final List<JournalRow> journal = new ArrayList<>();
        final List<JournalRow> sinceMark = new ArrayList<>();
        final Map<String, Long> batches = new HashMap<>();
        long now;

        /** Writes, and says which answers are right: if several changes are refused, any of the refusals is. */
        Set<String> write(List<Edit> edits, List<JournalRow> journalRows) {
            TreeMap<String, KeyRow> next = new TreeMap<>(rows);
            TreeSet<String> refusals = new TreeSet<>();
            Set<String> inserted = new TreeSet<>();
            for (Edit edit : edits) {
                KeyRow stored = next.get(edit.id());
                if (edit.isDelete()) {
                    Long version = edit.unlessUsedSince();
                    if (stored == null || (version != null && version != stored.version())) {
                        refusals.add("false");
                    }
                    next.remove(edit.id());
                } else if (edit.row().version() == 1) {
                    KeyRow row = edit.row();
                    boolean exists = stored != null
                            || (row.lookup() != null
                                    && (byLookup(row.lookup()) != null || !inserted.add(row.lookup())));
                    if (exists) {
                        refusals.add("refused");
                    }
                    next.put(edit.id(), row);
                } else if (stored == null
                        || stored.version() != edit.row().version() - 1
                        || isUsedSince(stored, edit.unlessUsedSince())) {
                    refusals.add("false");
                } else {
                    next.put(edit.id(), merged(stored, edit.row()));
                }
            }
            if (refusals.isEmpty()) {
                rows.clear();
                rows.putAll(next);
                append(journalRows);
                return Set.of("true");
            }
            return refusals;
        }

        private static boolean isUsedSince(KeyRow row, @Nullable Long time) {
            return time != null && row.lastUsedAt() != null && row.lastUsedAt() >= time;
        }

        private static KeyRow merged(KeyRow stored, KeyRow row) {
            return row.toBuilder()
                    .lookup(stored.lookup())
                    .createdBy(stored.createdBy())
                    .createdAt(stored.createdAt())
                    .lastUsedAt(stored.lastUsedAt())
                    .usageCount(stored.usageCount())
                    .build();
        }

        void append(List<JournalRow> journalRows) {
            journalRows.stream().map(row -> row.toBuilder().time(now).build()).forEach(row -> {
                journal.add(row);
                sinceMark.add(row);
            });
        }

        List<JournalRow> journal(Filter filter) {
            return journal.stream().filter(filter::matches).sorted(NEWEST_FIRST).toList();
        }

        void use(String node, long number, List<Delta> batch) {
            if (batches.getOrDefault(node, 0L) < number) {
                batches.put(node, number);
                batch.forEach(this::use);
            }
        }

        private void use(Delta delta) {
            KeyRow row = rows.get(delta.keyId());
            if (row != null) {
                Long last = row.lastUsedAt();
                rows.put(
                        row.id(),
                        row.toBuilder()
                                .lastUsedAt(last == null ? delta.lastUsedAt() : Math.max(last, delta.lastUsedAt()))
                                .usageCount(row.usageCount() + delta.count())
                                .build());
            }
        }

        @Nullable KeyRow byLookup(String lookup) {
            return rows.values().stream()
                    .filter(row -> lookup.equals(row.lookup()))
                    .findFirst()
                    .orElse(null);
        }
    }
}
