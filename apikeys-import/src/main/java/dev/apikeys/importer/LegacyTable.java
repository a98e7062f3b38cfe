package dev.apikeys.importer;

import dev.apikeys.importer.ReadOnly.Header;
import dev.apikeys.spi.StorageException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Reads the legacy table and never writes to it. Each call borrows one connection and returns it; the statement timeout
 * is half a minute.
 */
final class LegacyTable {

    /**
     * The counts of a table before its rows are read.
     *
     * @param withoutId how many rows have no id
     * @param before how many have an id up to the mark
     * @param sharedHashes the hashes, 64 hexadecimal digits in lower case, that several rows have
     */
    record Census(long withoutId, long before, Set<String> sharedHashes) {}

    private static final int MOST_SHARED = 10_000;

    private final DataSource dataSource;
    private final String table;
    private final Map<LegacyColumn, String> columns;
    private final List<UnmappedColumn> unmapped;

    private LegacyTable(
            DataSource dataSource, String table, Map<LegacyColumn, String> columns, List<UnmappedColumn> unmapped) {
        this.dataSource = dataSource;
        this.table = table;
        this.columns = columns;
        this.unmapped = unmapped;
    }

    /**
     * Opens a table and finds its columns.
     *
     * @param names the name of each column to read
     * @throws StorageException if the table or one of the columns is missing, or the database failed
     */
    static LegacyTable open(DataSource dataSource, String table, Map<LegacyColumn, String> names) {
        Header header = header(dataSource, table);
        Map<LegacyColumn, String> columns = new EnumMap<>(LegacyColumn.class);
        List<LegacyColumn> missing = new ArrayList<>();
        Set<String> mapped = new HashSet<>();
        names.forEach((column, name) -> label(header.labels(), name)
                .ifPresentOrElse(
                        label -> {
                            columns.put(column, header.quoted(label));
                            mapped.add(label);
                        },
                        () -> missing.add(column)));
        if (!missing.isEmpty()) {
            throw new StorageException(missing(table, names, missing), null);
        }
        List<UnmappedColumn> unmapped = header.labels().stream()
                .filter(label -> !mapped.contains(label))
                .map(UnmappedColumn::of)
                .sorted(Comparator.comparing(column -> !column.likeRestriction()))
                .toList();
        return new LegacyTable(dataSource, table, columns, unmapped);
    }

    private static Header header(DataSource dataSource, String table) {
        try (ReadOnly borrowed = ReadOnly.borrow(dataSource)) {
            return borrowed.header(table);
        } catch (SQLException e) {
            throw new StorageException(
                    "Could not read the table " + table + " (SQLSTATE " + e.getSQLState() + ", code "
                            + e.getErrorCode() + "): set its name with table(...), and check that the data source's"
                            + " user may read all its columns",
                    e);
        }
    }

    /** Returns the label of a column: an exact match, else one in any case. */
    private static Optional<String> label(List<String> labels, String name) {
        return labels.contains(name)
                ? Optional.of(name)
                : labels.stream().filter(name::equalsIgnoreCase).findFirst();
    }

    private static String missing(String table, Map<LegacyColumn, String> names, List<LegacyColumn> missing) {
        String needed = missing.stream()
                .filter(LegacyColumn::required)
                .map(LegacyColumn::name)
                .collect(Collectors.joining(", "));
        String waivable = missing.stream()
                .filter(column -> !column.required())
                .map(LegacyColumn::name)
                .collect(Collectors.joining(", "));
        return "Could not find in the table " + table + " the columns "
                + missing.stream().map(names::get).collect(Collectors.joining(", "))
                + ": set the name of each with column(...)"
                + (waivable.isEmpty() ? "" : "; if its keys have no such field, call without(" + waivable + ")")
                + (needed.isEmpty() ? "" : "; no key is without " + needed + ": make a view that has it");
    }

    /** Returns the columns that are not read, those named like restrictions first. */
    List<UnmappedColumn> unmapped() {
        return unmapped;
    }

    /**
     * Counts the rows of the whole table.
     *
     * @throws StorageException if ids are not unique, or the database failed
     */
    Census census(@Nullable String mark) {
        String id = label(LegacyColumn.ID);
        List<Long> counts = read(
                        "count the ids",
                        "SELECT COUNT(*), COUNT(" + id + "), COUNT(DISTINCT " + id + ") FROM " + table,
                        null,
                        result -> List.of(result.getLong(1), result.getLong(2), result.getLong(3)))
                .get(0);
        if (counts.get(1) > counts.get(2)) {
            throw new StorageException(
                    "Could not begin: " + (counts.get(1) - counts.get(2)) + " rows of " + table
                            + " have an id that another row has; make a view without them and give its name as the"
                            + " table's",
                    null);
        }
        return new Census(counts.get(0) - counts.get(1), mark == null ? 0 : countUpTo(mark), sharedHashes());
    }

    private long countUpTo(String mark) {
        String count = "SELECT COUNT(*) FROM " + table + " WHERE " + label(LegacyColumn.ID) + " <= ?";
        return read("count the rows up to the mark", count, mark, result -> result.getLong(1))
                .get(0);
    }

    /** Returns the hashes that several rows share. Only hexadecimal digits are case-insensitive. */
    private Set<String> sharedHashes() {
        String hash = label(LegacyColumn.KEY_HASH);
        String digits = "CASE WHEN LENGTH(" + hash + ") = 64 THEN LOWER(" + hash + ") ELSE " + hash + " END";
        List<String> found = read(
                "look for hashes that rows share",
                "SELECT " + digits + " FROM " + table + " WHERE LENGTH(" + hash + ") IN (43, 44, 64) GROUP BY " + digits
                        + " HAVING COUNT(*) > 1 LIMIT " + (MOST_SHARED + 1),
                null,
                result -> Objects.requireNonNullElse(Hashes.hex(result.getString(1)), ""));
        if (found.size() > MOST_SHARED) {
            throw new StorageException(
                    "Could not begin: more than " + MOST_SHARED + " hashes are in several rows of " + table
                            + "; check that " + hash + " is the column of the hashes",
                    null);
        }
        return Set.copyOf(found);
    }

    /**
     * Reads the next rows by id, as the legacy database sorts them.
     *
     * @throws StorageException if the database failed, or the rows do not advance past the id
     */
    List<LegacyRow> page(@Nullable String afterId, int size) {
        String id = label(LegacyColumn.ID);
        String where = afterId == null ? id + " IS NOT NULL" : id + " > ?";
        List<LegacyRow> rows = read(
                "read rows",
                "SELECT " + String.join(", ", columns.values()) + " FROM " + table + " WHERE " + where + " ORDER BY "
                        + id + " LIMIT " + size,
                afterId,
                result -> LegacyRow.read(result, columns.keySet()));
        if (!rows.isEmpty() && rows.get(rows.size() - 1).id().equals(afterId)) {
            throw new StorageException(
                    "Could not read rows of the legacy table " + table
                            + ": the rows after an id include that id again; make a view whose ids are text",
                    null);
        }
        return rows;
    }

    private String label(LegacyColumn column) {
        return Objects.requireNonNull(columns.get(column));
    }

    private <T> List<T> read(String what, String sql, @Nullable String parameter, ReadOnly.Reader<T> reader) {
        try (ReadOnly borrowed = ReadOnly.borrow(dataSource)) {
            return borrowed.query(sql, parameter, reader);
        } catch (SQLException e) {
            throw new StorageException(
                    "Could not " + what + " of the legacy table " + table + " (SQLSTATE " + e.getSQLState() + ", code "
                            + e.getErrorCode() + "); nothing of this page was written",
                    e);
        }
    }
}
