package dev.apikeys.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.spi.ApiKeyStore.Slice;
import dev.apikeys.spi.Change;
import dev.apikeys.spi.DuplicateKeyException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.KeyRow.Status;
import dev.apikeys.spi.UsageDelta;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
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

    /** A call, and what it must answer and leave. */
    interface Step {
        void run(InMemoryApiKeyStore store, Model model);
    }

    @Property(tries = 300)
    void answersLikeAPlainMap(@ForAll("programs") List<Step> program) {
        InMemoryApiKeyStore store = new InMemoryApiKeyStore();
        Model model = new Model();
        for (Step step : program) {
            step.run(store, model);
            assertThat(listed(store, KeyFilter.ALL, 3, 0)).isEqualTo(List.copyOf(model.rows.values()));
        }
        long lookups =
                model.rows.values().stream().filter(row -> row.lookup() != null).count();
        assertThat(store.sizes()).as("entries kept").containsExactly(model.rows.size(), (int) lookups);
    }

    @Provide
    Arbitrary<List<Step>> programs() {
        return Arbitraries.frequencyOf(
                        Tuple.of(6, writes()),
                        Tuple.of(2, usage()),
                        Tuple.of(1, deletes()),
                        Tuple.of(1, purges()),
                        Tuple.of(1, finds()),
                        Tuple.of(1, lists()))
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

    private static Arbitrary<Change> changes() {
        Arbitrary<@Nullable String> lookups = Arbitraries.of("h1", "h2", "h3").injectNull(0.6);
        Arbitrary<@Nullable String> owners = Arbitraries.of("a", "b").injectNull(0.3);
        Arbitrary<Long> versions = Arbitraries.longs().between(1, 4);
        return Combinators.combine(ids(), lookups, owners, ends(), ends(), versions)
                .as((id, lookup, owner, expires, revoked, version) -> {
                    KeyRow row = new KeyRow(
                            id,
                            lookup,
                            "hash",
                            "v" + version,
                            null,
                            owner,
                            null,
                            null,
                            null,
                            version,
                            0,
                            expires,
                            null,
                            revoked,
                            null,
                            null,
                            null,
                            null,
                            0,
                            version);
                    return version == 1 ? new Change.Insert(row) : new Change.Replace(row);
                });
    }

    private static Arbitrary<Step> writes() {
        return changes()
                .list()
                .uniqueElements(change -> change.row().id())
                .ofMinSize(1)
                .ofMaxSize(4)
                .map(changes -> changes.stream()
                        .sorted(Comparator.comparing(change -> change.row().id()))
                        .toList())
                .map(batch -> (store, model) -> assertThat(write(store, batch)).isIn(model.write(batch)));
    }

    private static String write(InMemoryApiKeyStore store, List<Change> batch) {
        try {
            return String.valueOf(store.write(batch));
        } catch (DuplicateKeyException e) {
            return "refused";
        }
    }

    private static Arbitrary<Step> usage() {
        Arbitrary<UsageDelta> deltas = Combinators.combine(
                        ids(), Arbitraries.longs().between(1, 5), times())
                .as(UsageDelta::new);
        return deltas.list()
                .uniqueElements(UsageDelta::keyId)
                .ofMinSize(1)
                .ofMaxSize(4)
                .map(batch -> (store, model) -> {
                    store.addUsage(batch);
                    batch.forEach(model::use);
                });
    }

    private static Arbitrary<Step> deletes() {
        return ids().map(id -> (store, model) -> assertThat(store.delete(id)).isEqualTo(model.rows.remove(id) != null));
    }

    private static Arbitrary<Step> purges() {
        return Combinators.combine(times(), Arbitraries.integers().between(1, 3))
                .as((before, limit) -> (store, model) -> {
                    List<KeyRow> ended = model.rows.values().stream()
                            .filter(row -> endsBefore(row, before))
                            .toList();
                    List<KeyRow> removed = store.purge(before, limit);
                    assertThat(removed).hasSize(Math.min(limit, ended.size())).isSubsetOf(ended);
                    removed.forEach(row -> model.rows.remove(row.id()));
                });
    }

    private static boolean endsBefore(KeyRow row, long time) {
        return (row.expiresAt() != null && row.expiresAt() < time)
                || (row.revokedAt() != null && row.revokedAt() < time);
    }

    private static Arbitrary<Step> finds() {
        return Combinators.combine(ids(), Arbitraries.of("h1", "h2", "h3")).as((id, lookup) -> (store, model) -> {
            assertThat(store.find(id)).isEqualTo(model.rows.get(id));
            assertThat(store.findByLookup(lookup)).isEqualTo(model.byLookup(lookup));
        });
    }

    private static Arbitrary<Step> lists() {
        Arbitrary<@Nullable String> owners = Arbitraries.of("a", "b").injectNull(0.3);
        Arbitrary<@Nullable Status> statuses = Arbitraries.of(Status.class).injectNull(0.3);
        return Combinators.combine(
                        owners, statuses, times(), Arbitraries.integers().between(1, 5))
                .as((owner, status, now, limit) -> (store, model) -> {
                    KeyFilter filter = new KeyFilter(owner, null, status);
                    List<KeyRow> expected = new ArrayList<>(model.rows.values());
                    expected.removeIf(row -> !filter.matches(row, now));
                    assertThat(listed(store, filter, limit, now)).isEqualTo(expected);
                });
    }

    private static List<KeyRow> listed(InMemoryApiKeyStore store, KeyFilter filter, int limit, long now) {
        List<KeyRow> all = new ArrayList<>();
        String after = null;
        do {
            Slice slice = store.list(filter, after, limit, now);
            assertThat(slice.rows()).hasSizeLessThanOrEqualTo(limit);
            all.addAll(slice.rows());
            after = slice.next();
        } while (after != null);
        return all;
    }

    /** The store as it would be with one thread and no care for speed. */
    static final class Model {
        final TreeMap<String, KeyRow> rows = new TreeMap<>();

        /** Writes, and says which answers are right: if several changes are refused, any of the refusals is. */
        Set<String> write(List<Change> batch) {
            TreeMap<String, KeyRow> next = new TreeMap<>(rows);
            TreeSet<String> refusals = new TreeSet<>();
            for (Change change : batch) {
                KeyRow stored = next.get(change.row().id());
                if (change instanceof Change.Replace replace) {
                    if (stored == null || stored.version() != replace.expectedVersion()) {
                        refusals.add("false");
                    } else {
                        next.put(stored.id(), merged(stored, replace.row()));
                    }
                } else if (stored != null) {
                    refusals.add("refused");
                } else {
                    next.put(change.row().id(), change.row());
                }
            }
            List<String> lookups = new ArrayList<>();
            next.values().forEach(row -> lookups.add(row.lookup()));
            lookups.removeIf(lookup -> lookup == null);
            if (lookups.size() > new TreeSet<>(lookups).size()) {
                refusals.add("refused");
            }
            if (refusals.isEmpty()) {
                rows.clear();
                rows.putAll(next);
                return Set.of("true");
            }
            return refusals;
        }

        private static KeyRow merged(KeyRow stored, KeyRow row) {
            return new KeyRow(
                    row.id(),
                    stored.lookup(),
                    row.hash(),
                    row.name(),
                    row.description(),
                    row.owner(),
                    row.role(),
                    row.permissions(),
                    row.metadata(),
                    stored.createdAt(),
                    row.updatedAt(),
                    row.expiresAt(),
                    stored.lastUsedAt(),
                    row.revokedAt(),
                    row.revokedReason(),
                    row.disabledAt(),
                    row.rotatedFrom(),
                    row.rotatedTo(),
                    stored.usageCount(),
                    row.version());
        }

        void use(UsageDelta delta) {
            KeyRow row = rows.get(delta.keyId());
            if (row != null) {
                Long last = row.lastUsedAt();
                rows.put(
                        row.id(),
                        new KeyRow(
                                row.id(),
                                row.lookup(),
                                row.hash(),
                                row.name(),
                                row.description(),
                                row.owner(),
                                row.role(),
                                row.permissions(),
                                row.metadata(),
                                row.createdAt(),
                                row.updatedAt(),
                                row.expiresAt(),
                                last == null ? delta.lastUsedAt() : Math.max(last, delta.lastUsedAt()),
                                row.revokedAt(),
                                row.revokedReason(),
                                row.disabledAt(),
                                row.rotatedFrom(),
                                row.rotatedTo(),
                                row.usageCount() + delta.count(),
                                row.version()));
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
