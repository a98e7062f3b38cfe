package dev.apikeys.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.WriteSet;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stores that break S01, S02, S05 or S14: each fails its rule, and no rule before it. */
class BrokenKeyRowsTest {

    @ParameterizedTest
    @CsvSource({
        "RoundsTimesToSeconds, S01_findsEveryFieldAsWritten",
        "CutsFourByteCharacters, S01_keepsEveryCharacter",
        "TakesEmptyForNone, S01_keepsEmptyTextsApartFromNone",
        "CutsLongTexts, S01_keepsTheLongestValues",
        "CountsIn32Bits, S01_keepsTimesAndCountsExact",
        "KeepsOldAttributes, S01_replacesEveryField",
        "KeepsWhatItKnows, S01_keepsUnknownAttributesThroughEveryChange",
        "OverwritesOnInsert, S02_refusesAnIdThatExists",
        "ChecksThenInserts, S02_of64InsertsOfOneIdOneWins",
        "IgnoresLookupsOnInsert, S02_refusesALookupThatExists",
        "TakesNoLookupForOne, S02_takesAnyNumberOfRowsWithoutLookup",
        "IgnoresCaseOfIds, S05_comparesIdsExactly",
        "IgnoresBlanksOfLookups, S05_comparesLookupsExactly",
        "TripsOverQuotes, S14_valuesAreData",
    })
    void failsItsRuleAndNoneBefore(String broken, String test) throws ClassNotFoundException {
        Outcome.requireFirstFailure(Class.forName(getClass().getName() + "$" + broken), test);
    }

    /** Stores each row not as it was given. */
    abstract static class Distorts extends KeyContract {
        abstract KeyRow.Builder distorted(KeyRow row);

        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                KeyRow inserted(KeyRow row) {
                    return distorted(row).build();
                }

                @Override
                KeyRow merged(KeyRow stored, KeyRow replacement) {
                    return distorted(super.merged(stored, replacement)).build();
                }
            };
        }
    }

    /** One object runs all tests, as where a database is started once. */
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    static class CutsFourByteCharactersInOneObject extends CutsFourByteCharacters {}

    @Test
    void oneBrokenRuleFailsNoOtherAlsoWhereOneObjectRunsAll() {
        assertThat(Outcome.of(CutsFourByteCharactersInOneObject.class).failed())
                .hasSameSizeAs(Outcome.of(CutsFourByteCharacters.class).failed());
    }

    static class RoundsTimesToSeconds extends Distorts {
        @Override
        KeyRow.Builder distorted(KeyRow row) {
            return row.toBuilder().createdAt(row.createdAt() / 1_000 * 1_000);
        }
    }

    static class CutsFourByteCharacters extends Distorts {
        @Override
        KeyRow.Builder distorted(KeyRow row) {
            return row.toBuilder().name(row.name().replaceAll("[^\\u0000-\\uFFFF]", "?"));
        }
    }

    static class TakesEmptyForNone extends Distorts {
        @Override
        KeyRow.Builder distorted(KeyRow row) {
            return row.toBuilder().permissions("".equals(row.permissions()) ? null : row.permissions());
        }
    }

    static class CutsLongTexts extends Distorts {
        @Override
        KeyRow.Builder distorted(KeyRow row) {
            String text = row.description();
            return row.toBuilder().description(text == null || text.length() < 255 ? text : text.substring(0, 255));
        }
    }

    static class CountsIn32Bits extends Distorts {
        @Override
        KeyRow.Builder distorted(KeyRow row) {
            return row.toBuilder().usageCount((int) row.usageCount());
        }
    }

    /** Rows in one write get by, and those with attributes. */
    static class TakesNoLookupForOne extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                void insert(TreeMap<String, KeyRow> before, KeyRow row) {
                    if (row.attributes() == null && row.lookup() == null && hasOneWithoutLookup()) {
                        throw new KeyExistsException(row.id(), null);
                    }
                    super.insert(before, row);
                }

                private boolean hasOneWithoutLookup() {
                    return rows.values().stream().anyMatch(stored -> stored.lookup() == null);
                }
            };
        }
    }

    /** A store from before attributes: its UPDATE does not know the column. */
    static class KeepsOldAttributes extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                KeyRow merged(KeyRow stored, KeyRow replacement) {
                    return super.merged(stored, replacement).toBuilder()
                            .attributes(stored.attributes())
                            .build();
                }
            };
        }
    }

    /** A store that keeps attributes as JSON, and writes them anew. */
    static class KeepsWhatItKnows extends Distorts {
        @Override
        KeyRow.Builder distorted(KeyRow row) {
            String attributes = row.attributes();
            return row.toBuilder().attributes(attributes == null ? null : attributes.replace("[1, 2.50 ,", "[1,2.5,"));
        }
    }

    static class OverwritesOnInsert extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                void insert(TreeMap<String, KeyRow> before, KeyRow row) {
                    before.remove(row.id());
                    super.insert(before, row);
                }
            };
        }
    }

    static class ChecksThenInserts extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public boolean write(WriteSet set) {
                    return set.split((inserts, replaces, deletes, journal) -> {
                        if (inserts.size() != 1 || !replaces.isEmpty() || !deletes.isEmpty()) {
                            return super.write(set);
                        }
                        synchronized (this) {
                            backing.reach();
                            insert(new TreeMap<>(rows), inserts.get(0));
                        }
                        Backing.dawdle();
                        synchronized (this) {
                            rows.put(inserts.get(0).id(), inserts.get(0));
                            journal.forEach(this::journal);
                        }
                        return true;
                    });
                }
            };
        }
    }

    static class IgnoresLookupsOnInsert extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                void insert(TreeMap<String, KeyRow> before, KeyRow row) {
                    super.insert(before, row.toBuilder().lookup(null).build());
                    before.put(row.id(), row);
                }
            };
        }
    }

    static class IgnoresCaseOfIds extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized @Nullable KeyRow find(String id) {
                    KeyRow exact = super.find(id);
                    return exact != null ? exact : super.find(id.toLowerCase(Locale.ROOT));
                }
            };
        }
    }

    static class IgnoresBlanksOfLookups extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                public synchronized @Nullable KeyRow findByLookup(String lookup) {
                    return super.findByLookup(lookup.stripTrailing());
                }
            };
        }
    }

    static class TripsOverQuotes extends KeyContract {
        @Override
        protected ApiKeyStore store() {
            return new ReferenceKeyStore(backing) {
                @Override
                boolean write(
                        List<KeyRow> inserts,
                        List<WriteSet.Replace> replaces,
                        List<WriteSet.Delete> deletes,
                        List<JournalRow> journalRows) {
                    if (inserts.stream().anyMatch(row -> row.name().contains("'"))) {
                        throw new StorageException("syntax error", new IllegalStateException("42601"));
                    }
                    return super.write(inserts, replaces, deletes, journalRows);
                }
            };
        }
    }
}
