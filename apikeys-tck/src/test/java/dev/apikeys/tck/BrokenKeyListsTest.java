package dev.apikeys.tck;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.WriteSet;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stores that break S06: each fails its rule, and no rule before it. */
class BrokenKeyListsTest {

    @ParameterizedTest
    @CsvSource({
        "ListsByCollation, S06_listsInOrderOfCodeUnits",
        "KnowsOneDirection, S06_listsInOrderOfCodeUnits",
        "SkipsARowBetweenPages, S06_goesOnAfterAnyId",
        "NeedsAnIdThatIsThere, S06_goesOnAfterAnyId",
        "StandsStill, S06_goesOnAfterAnyId",
        "MatchesOwnersByPattern, S06_filtersByOwnerRoleAndCreator",
        "IgnoresTheCreator, S06_filtersByOwnerRoleAndCreator",
        "TakesStatusNow, S06_filtersByStatusAtTheTimeGiven",
        "TakesCaseForADifference, S06_leavesOutNothingThatMatchesAText",
        "TakesPercentForAWildcard, S06_leavesOutNothingThatMatchesAText",
        "TakesNeverUsedForUsed, S06_leavesOutNothingThatEndsOrWasNotUsed",
        "PagesByPosition, S06_missesNothingWhileOthersInsertAndDelete",
        "ScansWithoutBound, S06_returnsSoonFromALongScan",
        "TripsOverNothing, S06_listsNothingWhereThereIsNothing",
    })
    void failsItsRuleAndNoneBefore(String broken, String test) throws ClassNotFoundException {
        Outcome.requireFirstFailure(Class.forName(getClass().getName() + "$" + broken), test);
    }

    static class ListsByCollation extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Slice list(
                        KeyFilter filter, Order order, @Nullable String after, int limit, long now) {
                    TreeMap<String, KeyRow> exact = rows;
                    rows = new TreeMap<>(String.CASE_INSENSITIVE_ORDER.thenComparing(String::compareTo));
                    rows.putAll(exact);
                    try {
                        return super.list(filter, order, after, limit, now);
                    } finally {
                        rows = exact;
                    }
                }
            };
        }
    }

    /** Fails until the first row was written. */
    static class TripsOverNothing extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                private boolean isWritten;

                @Override
                public synchronized boolean write(WriteSet set) {
                    isWritten = true;
                    return super.write(set);
                }

                @Override
                public synchronized Slice list(
                        KeyFilter filter, Order order, @Nullable String after, int limit, long now) {
                    if (!isWritten) {
                        throw new StorageException("there is no first row", null);
                    }
                    return super.list(filter, order, after, limit, now);
                }
            };
        }
    }

    static class KnowsOneDirection extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Slice list(
                        KeyFilter filter, Order order, @Nullable String after, int limit, long now) {
                    // Of few rows it does not show.
                    Order known = rows.size() < 3 ? order : Order.OLDEST_FIRST;
                    return super.list(filter, known, after, limit, now);
                }
            };
        }
    }

    static class SkipsARowBetweenPages extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Slice list(
                        KeyFilter filter, Order order, @Nullable String after, int limit, long now) {
                    Slice slice = super.list(filter, order, after, limit, now);
                    return slice.next() == null || order == Order.NEWEST_FIRST
                            ? slice
                            : new Slice(slice.rows(), rows.higherKey(slice.next()));
                }
            };
        }
    }

    /** Looks up where it was, and begins anew where that is gone. */
    static class NeedsAnIdThatIsThere extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Slice list(
                        KeyFilter filter, Order order, @Nullable String after, int limit, long now) {
                    String known = after != null && rows.containsKey(after) ? after : null;
                    return super.list(filter, order, known, limit, now);
                }
            };
        }
    }

    /** Its next never moves on. */
    static class StandsStill extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized Slice list(
                        KeyFilter filter, Order order, @Nullable String after, int limit, long now) {
                    return "z".equals(after)
                            ? new Slice(List.of(), after)
                            : super.list(filter, order, after, limit, now);
                }
            };
        }
    }

    /** Lists what a condition of its own lets through. */
    abstract static class Matches extends KeyContract {
        abstract boolean matches(KeyFilter filter, KeyRow row, long now);

        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                boolean matches(KeyFilter filter, KeyRow row, long now) {
                    return Matches.this.matches(filter, row, now);
                }
            };
        }
    }

    static class MatchesOwnersByPattern extends Matches {
        @Override
        boolean matches(KeyFilter filter, KeyRow row, long now) {
            String owner = filter.owner();
            if (owner == null || !owner.endsWith("%")) {
                return filter.matches(row, now);
            }
            return row.owner() != null && row.owner().startsWith(owner.replace("%", ""));
        }
    }

    /** A store from before that condition, which is no excuse for this one: it has an index. */
    static class IgnoresTheCreator extends Matches {
        @Override
        boolean matches(KeyFilter filter, KeyRow row, long now) {
            return filter.toBuilder().createdBy(null).build().matches(row, now);
        }
    }

    static class TakesStatusNow extends Matches {
        @Override
        boolean matches(KeyFilter filter, KeyRow row, long now) {
            return filter.matches(row, now + 86_400_000);
        }
    }

    static class TakesCaseForADifference extends Matches {
        @Override
        boolean matches(KeyFilter filter, KeyRow row, long now) {
            String text = filter.matching();
            return filter.matches(row, now)
                    && (text == null
                            || row.id().contains(text)
                            || row.name().contains(text)
                            || String.valueOf(row.owner()).contains(text));
        }
    }

    static class TakesPercentForAWildcard extends Matches {
        @Override
        boolean matches(KeyFilter filter, KeyRow row, long now) {
            String text = filter.matching();
            if (text == null || !text.contains("\\")) {
                return filter.matches(row, now);
            }
            // An escape that nobody asked for.
            String escaped = text.replace("\\", "").toLowerCase(Locale.ROOT);
            return row.name().toLowerCase(Locale.ROOT).contains(escaped);
        }
    }

    static class TakesNeverUsedForUsed extends Matches {
        @Override
        boolean matches(KeyFilter filter, KeyRow row, long now) {
            return filter.matches(row, now) && (filter.unusedSince() == null || row.lastUsedAt() != null);
        }
    }

    /** Its cursor says how many rows came before. */
    static class PagesByPosition extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                private long before;
                private @Nullable String last;

                @Override
                public synchronized Slice list(
                        KeyFilter filter, Order order, @Nullable String after, int limit, long now) {
                    if (limit != 7 || order == Order.NEWEST_FIRST) {
                        return super.list(filter, order, after, limit, now);
                    }
                    before = after == null || !after.equals(last) ? 0 : before;
                    List<KeyRow> page =
                            rows.values().stream().skip(before).limit(limit).toList();
                    before += page.size();
                    last = page.isEmpty() ? null : page.get(page.size() - 1).id();
                    return new Slice(page, page.size() < limit ? null : last);
                }
            };
        }
    }

    /** Two thousand rows take it two seconds, and it returns when it is done. */
    static class ScansWithoutBound extends Matches {
        @Override
        boolean matches(KeyFilter filter, KeyRow row, long now) {
            if ("nobody has this".equals(filter.matching())) {
                LockSupport.parkNanos(1_000_000);
            }
            return filter.matches(row, now);
        }
    }
}
