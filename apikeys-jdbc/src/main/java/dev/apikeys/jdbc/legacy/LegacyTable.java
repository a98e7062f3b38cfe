package dev.apikeys.jdbc.legacy;

import dev.apikeys.spi.StorageException;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Reads the legacy table and never writes to it. Each call borrows one connection and gives it back; a statement is
 * ended after half a minute.
 */
final class LegacyTable {

    /** How many rows one call reads at the most. */
    static final int PAGE = 500;

    /**
     * What is known of the table before its rows are read.
     *
     * @param withoutId how many rows have no id
     * @param before how many have an id up to the mark
     * @param sharedHashes the hashes, in lower case, that several rows have
     */
    record Census(long withoutId, long before, Set<String> sharedHashes) {}

    private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,62}");
    private static final int MOST_SHARED = 10_000;

    private final DataSource dataSource;
    private final String table;
    private final Map<LegacyColumn, String> columns;
    private final String select;

    LegacyTable(DataSource dataSource, String table, Map<LegacyColumn, String> columns) {
        this.dataSource = dataSource;
        this.table = table;
        this.columns = new EnumMap<>(columns);
        this.select = "SELECT " + String.join(", ", this.columns.values()) + " FROM " + table;
    }

    /** Lets a name pass that may become part of SQL text. */
    static String identifier(String argument, String name) {
        Objects.requireNonNull(name, argument);
        if (!IDENTIFIER.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    argument + " must match " + IDENTIFIER + ", but was \"" + Texts.shown(name) + "\"");
        }
        return name;
    }

    /**
     * Looks the whole table over.
     *
     * @throws StorageException if table or columns are not there, ids are not unique, or the database failed
     */
    Census census(@Nullable String mark) {
        requireColumns();
        String id = name(LegacyColumn.ID);
        List<Long> counts = read(
                        "count the ids",
                        "SELECT COUNT(*), COUNT(" + id + "), COUNT(DISTINCT " + id + ") FROM " + table,
                        null,
                        result -> List.of(result.getLong(1), result.getLong(2), result.getLong(3)))
                .get(0);
        if (counts.get(1) > counts.get(2)) {
            throw new StorageException(
                    "Could not begin: " + (counts.get(1) - counts.get(2)) + " rows of " + table + " have an " + id
                            + " that another row has; make a view without them and give its name as the table's",
                    null);
        }
        return new Census(counts.get(0) - counts.get(1), mark == null ? 0 : countUpTo(mark), sharedHashes());
    }

    private long countUpTo(String mark) {
        String count = "SELECT COUNT(*) FROM " + table + " WHERE " + name(LegacyColumn.ID) + " <= ?";
        return read("count the rows up to the mark", count, mark, result -> result.getLong(1))
                .get(0);
    }

    private Set<String> sharedHashes() {
        String lowered = "LOWER(" + name(LegacyColumn.KEY_HASH) + ")";
        String length = "LENGTH(" + name(LegacyColumn.KEY_HASH) + ")";
        Set<String> shared = new HashSet<>(read(
                "look for hashes that rows share",
                "SELECT " + lowered + " FROM " + table + " WHERE " + length + " = 64 GROUP BY " + lowered
                        + " HAVING COUNT(*) > 1 LIMIT " + (MOST_SHARED + 1),
                null,
                result -> result.getString(1)));
        if (shared.size() > MOST_SHARED) {
            throw new StorageException(
                    "Could not begin: more than " + MOST_SHARED + " hashes stand in several rows of " + table
                            + "; check that " + name(LegacyColumn.KEY_HASH) + " is the column of the hashes",
                    null);
        }
        return shared;
    }

    /** The next rows by id, as the legacy database sorts them. */
    List<LegacyRow> page(@Nullable String afterId) {
        String id = name(LegacyColumn.ID);
        String where = afterId == null ? id + " IS NOT NULL" : id + " > ?";
        return read(
                "read rows",
                select + " WHERE " + where + " ORDER BY " + id + " LIMIT " + PAGE,
                afterId,
                LegacyRow::read);
    }

    private void requireColumns() {
        SQLException refused = refused(select);
        if (refused != null) {
            throw new StorageException(missing(refused), refused);
        }
    }

    /** The database's own words differ too much to be read, so each name is tried on its own. */
    private String missing(SQLException thrown) {
        if (refused("SELECT 1 FROM " + table) != null) {
            return "Could not read the table " + table
                    + ": set its name with table(...), and check that the data source's" + " user may read it";
        }
        for (Map.Entry<LegacyColumn, String> column : columns.entrySet()) {
            if (refused("SELECT " + column.getValue() + " FROM " + table) != null) {
                return "Could not read the column " + column.getValue() + " of " + table + ": set its name with column("
                        + column.getKey() + ", ...); where there is none, make a view that has it";
            }
        }
        return failed("read " + columns.values(), thrown);
    }

    /** What the database says to a query, null if it takes it. That no connection was to be had is not said of a name. */
    private @Nullable SQLException refused(String query) {
        try (ReadOnly borrowed = ReadOnly.borrow(dataSource)) {
            borrowed.query(query + " WHERE 1 = 0", null, result -> true);
            return null;
        } catch (SQLException e) {
            return e;
        }
    }

    private String name(LegacyColumn column) {
        return columns.getOrDefault(column, column.defaultName());
    }

    private <T> List<T> read(String what, String sql, @Nullable String parameter, ReadOnly.Reader<T> reader) {
        try (ReadOnly borrowed = ReadOnly.borrow(dataSource)) {
            return borrowed.query(sql, parameter, reader);
        } catch (SQLException e) {
            throw new StorageException(failed(what, e), e);
        }
    }

    private String failed(String what, SQLException thrown) {
        return "Could not " + what + " of the legacy table " + table + " (SQLSTATE " + thrown.getSQLState() + ", code "
                + thrown.getErrorCode() + "); nothing was written";
    }
}
