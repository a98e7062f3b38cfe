package dev.apikeys.importer;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A row of the legacy table, as unchecked texts. */
final class LegacyRow {

    private final Map<LegacyColumn, @Nullable String> texts = new EnumMap<>(LegacyColumn.class);

    private LegacyRow() {}

    /** Reads the given columns, in the order of their iteration. */
    static LegacyRow read(ResultSet result, Collection<LegacyColumn> columns) throws SQLException {
        LegacyRow row = new LegacyRow();
        int index = 0;
        for (LegacyColumn column : columns) {
            row.texts.put(column, result.getString(++index));
        }
        return row;
    }

    /** Returns the text of a column; null if it is null, or the table has no such column. */
    @Nullable String get(LegacyColumn column) {
        return texts.get(column);
    }

    boolean has(LegacyColumn column) {
        return texts.containsKey(column);
    }

    /** Returns the id, never null by the query. */
    String id() {
        String id = texts.get(LegacyColumn.ID);
        return id == null ? "" : id;
    }

    /** Returns a hint at the id alone: in a broken table each column may hold anything, even a secret. */
    @Override
    public String toString() {
        return "LegacyRow[id=" + Texts.hint(id()) + "]";
    }
}
