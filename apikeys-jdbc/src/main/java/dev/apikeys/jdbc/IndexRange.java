package dev.apikeys.jdbc;

import dev.apikeys.jdbc.internal.Dialect;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The part of an index that a page is read from: in the order of its last columns, optionally with a fixed value in the
 * column before them. Immutable.
 *
 * <p>PostgreSQL ignores a column with a fixed value when it looks for an index for the order, and chooses another index
 * if it estimates that the rows are spread over the table; if they are not, it reads the whole table for one page. A
 * row comparison leaves it no choice. MariaDB would not use an index for row comparisons.
 */
final class IndexRange {

    private final boolean comparesRows;
    private final @Nullable String value;
    private final List<String> columns;
    private final String direction;

    private IndexRange(boolean comparesRows, @Nullable String value, List<String> columns, String direction) {
        this.comparesRows = comparesRows;
        this.value = value;
        this.columns = columns;
        this.direction = direction;
    }

    /** Returns a range over a whole index. */
    static IndexRange over(Dialect dialect, boolean descending, String... columns) {
        return new IndexRange(dialect.comparesRows(), null, List.of(columns), descending ? " DESC" : "");
    }

    /** Returns the range with a fixed value in a column before the others. */
    IndexRange only(String column, String one) {
        List<String> more = new ArrayList<>(columns);
        more.add(0, column);
        return new IndexRange(comparesRows, one, more, direction);
    }

    /** Returns the condition that a row is in the range. */
    Where where() {
        if (value == null) {
            return Where.ALL;
        }
        String column = columns.get(0);
        return comparesRows
                ? Where.ALL.and(column + " >= ?", value).and(column + " <= ?", value)
                : Where.ALL.and(column + " = ?", value);
    }

    /** Returns the condition that a row compares to a position, which has one or two values of the last columns. */
    Where compared(String operator, Object... position) {
        List<String> last = columns.subList(columns.size() - position.length, columns.size());
        if (comparesRows && value != null) {
            List<Object> row = new ArrayList<>(Arrays.asList(position));
            row.add(0, value);
            String places = String.join(", ", Collections.nCopies(row.size(), "?"));
            return Where.ALL.and(
                    "(" + String.join(", ", columns) + ") " + operator + " (" + places + ")", row.toArray());
        }
        if (position.length == 1) {
            return Where.ALL.and(last.get(0) + " " + operator + " ?", position);
        }
        // Only the first condition can use the index.
        return Where.ALL
                .and(last.get(0) + " " + operator + "= ?", position[0])
                .and(
                        "(" + last.get(0) + " " + operator + " ? OR " + last.get(1) + " " + operator + " ?)",
                        position[0],
                        position[1]);
    }

    /** Returns the order, including the column with the fixed value, so that every optimizer recognizes the index. */
    String order() {
        return columns.stream().map(column -> column + direction).collect(Collectors.joining(", ", " ORDER BY ", ""));
    }
}
