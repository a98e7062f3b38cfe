package dev.apikeys.memory;

import dev.apikeys.memory.Transaction.Step;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.WriteSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The edits of rows, as steps, and the index of lookups with them. For one thread. */
final class Edits {
    private final Table<KeyRow> rows;
    private final Table<String> idsByLookup;
    private final List<Step<?>> steps = new ArrayList<>();
    private final TreeMap<String, Step<?>> lookups = new TreeMap<>();

    Edits(Table<KeyRow> rows, Table<String> idsByLookup) {
        this.rows = rows;
        this.idsByLookup = idsByLookup;
    }

    void insert(KeyRow row) {
        steps.add(new Step<>(rows, new Edit.Put<>(row.id(), row), row.id()));
        String lookup = row.lookup();
        if (lookup != null) {
            Edit<String> claim = new Edit.Put<>(lookup, row.id());
            if (lookups.put(lookup, new Step<>(idsByLookup, claim, row.id())) != null) {
                throw new KeyExistsException(row.id(), null);
            }
        }
    }

    void replace(WriteSet.Replace replace) {
        steps.add(new Step<>(rows, new Edit.ReplaceRow(replace), replace.row().id()));
    }

    void delete(WriteSet.Delete delete) {
        KeyRow seen = rows.get(delete.id());
        String lookup = seen == null ? null : seen.lookup();
        steps.add(new Step<>(rows, new Edit.DeleteRow(delete, lookup), delete.id()));
        release(lookup, delete.id());
    }

    /** Removes a row if it is the same object that was read. */
    void remove(KeyRow seen) {
        steps.add(new Step<>(rows, new Edit.Drop<>(seen.id(), seen), seen.id()));
        release(seen.lookup(), seen.id());
    }

    /** Releases a lookup. An insert of the same write with that lookup is refused, since it still exists. */
    private void release(@Nullable String lookup, String id) {
        if (lookup != null) {
            lookups.putIfAbsent(lookup, new Step<>(idsByLookup, new Edit.ReleaseLookup(lookup, id), id));
        }
    }

    /** Returns the number of changed rows. */
    int size() {
        return steps.size();
    }

    /** Returns the steps in the order common to all transactions: rows by id, then lookups. */
    List<Step<?>> inOrder() {
        List<Step<?>> all = new ArrayList<>(steps);
        all.sort(Comparator.comparing(Step::id));
        all.addAll(lookups.values());
        return all;
    }
}
