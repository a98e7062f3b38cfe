package dev.apikeys.jdbc;

import dev.apikeys.internal.text.PermissionNames;
import dev.apikeys.jdbc.internal.Connections;
import dev.apikeys.jdbc.internal.Dialect;
import dev.apikeys.jdbc.internal.KeyRows;
import dev.apikeys.jdbc.internal.Session;
import dev.apikeys.jdbc.internal.Task;
import dev.apikeys.spi.ApiKeyStore.Order;
import dev.apikeys.spi.ApiKeyStore.Slice;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.spi.StorageException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The queries of one list. Without a filter, by owner or by creator, an index yields the page. All other conditions are
 * tested row by row, in steps between which the clock is checked. Immutable.
 */
final class KeyScan {

    private final LongSupplier ticker;
    private final Dialect dialect;
    private final String table;
    private final boolean descending;
    private final IndexRange range;
    private final Where scanned;

    KeyScan(Connections connections, KeyFilter filter, Order order, long now) {
        ticker = connections.ticker();
        dialect = connections.dialect();
        table = connections.tables().key();
        descending = order == Order.NEWEST_FIRST;
        String owner = filter.owner();
        String creator = filter.createdBy();
        IndexRange byId = IndexRange.over(dialect, descending, "id");
        if (owner != null) {
            range = byId.only("owner", owner);
        } else {
            range = creator == null ? byId : byId.only("created_by", creator);
        }
        scanned = Where.ALL
                .given(owner == null ? null : creator, "created_by = ?")
                .given(filter.role(), "role = ?")
                .given(filter.endingBefore(), "ends_at < ?")
                .given(filter.unusedSince(), "COALESCE(last_used_at, created_at) < ?")
                .and(status(filter.status(), now))
                .and(matching(filter.matching(), dialect));
    }

    /** Returns the condition of a status, equivalent to {@link KeyRow#status(long)}. */
    private static Where status(@Nullable KeyStatus status, long now) {
        if (status == null) {
            return Where.ALL;
        }
        return switch (status) {
            case REVOKED -> Where.ALL.and("revoked_at <= ?", now);
            case EXPIRED -> notRevoked(now).and("expires_at <= ?", now);
            case DISABLED -> notEnded(now).and("disabled_at IS NOT NULL");
            case ACTIVE -> notEnded(now).and("disabled_at IS NULL");
        };
    }

    private static Where notEnded(long now) {
        return notRevoked(now).and("(expires_at IS NULL OR expires_at > ?)", now);
    }

    private static Where notRevoked(long now) {
        return Where.ALL.and("(revoked_at IS NULL OR revoked_at > ?)", now);
    }

    private static Where matching(@Nullable String text, Dialect dialect) {
        if (text == null) {
            return Where.ALL;
        }
        String found = dialect.contains("id") + " OR " + dialect.contains("name") + " OR " + dialect.contains("owner");
        String lower = PermissionNames.lowered(text);
        return Where.ALL.and("(" + found + ")", lower, lower, lower);
    }

    /** Returns the task that reads a page; several steps must all see the same snapshot. */
    Task task() {
        String what = "list rows of " + table;
        return scanned.isEmpty() ? Task.read(what) : Task.snapshot(what);
    }

    /** Reads a page. What is revoked in bulk is decided by it, so it is none of a standby's. */
    Slice page(Session session, @Nullable String after, int limit) throws SQLException {
        Slice page = read(session, after, limit);
        if (page.rows().isEmpty()) {
            session.requirePrimary();
        }
        return page;
    }

    private Slice read(Session session, @Nullable String after, int limit) throws SQLException {
        List<KeyRow> found = new ArrayList<>();
        Pace pace = new Pace(ticker);
        String from = after;
        while (true) {
            Where rest = from == null ? range.where() : range.where().and(range.compared(descending ? "<" : ">", from));
            String end = scanned.isEmpty() ? null : endOfStep(session, rest, pace.step());
            Where step = end == null ? rest : rest.and(range.compared(descending ? ">=" : "<=", end));
            // One row more than requested shows whether there are more.
            found.addAll(rows(session, step.and(scanned), limit + 1L - found.size()));
            if (found.size() > limit) {
                return new Slice(
                        found.subList(0, limit),
                        following(after, found.get(limit - 1).id()));
            }
            if (end == null) {
                return new Slice(found, null);
            }
            from = following(from, end);
            if (!pace.goesOn()) {
                return new Slice(found, from);
            }
        }
    }

    /** Returns the id at which a step ends, or null if the table ends first. */
    private @Nullable String endOfStep(Session session, Where rest, long rows) throws SQLException {
        List<String> ids = session.query(
                dialect.upToDate("SELECT id FROM " + table + rest.sql() + range.order() + " LIMIT 1 OFFSET ?"),
                statement -> rest.bind(statement).number(rows - 1),
                result -> result.getString(1));
        return ids.isEmpty() ? null : ids.get(0);
    }

    private List<KeyRow> rows(Session session, Where where, long limit) throws SQLException {
        return session.decide(
                dialect.upToDate("SELECT " + String.join(", ", KeyRows.COLUMNS) + ", " + dialect.standbyColumn()
                        + " FROM " + table + where.sql() + range.order() + " LIMIT ?"),
                statement -> where.bind(statement).number(limit),
                KeyRows::read);
    }

    /** Checks that a cursor moves forward; otherwise the caller would loop. */
    private String following(@Nullable String after, String next) {
        if (after != null && (descending ? next.compareTo(after) >= 0 : next.compareTo(after) <= 0)) {
            throw new StorageException(
                    "The column id of " + table + " does not sort by code unit, or holds values that are not texts;"
                            + " JdbcSchema.validate reports what is wrong",
                    null);
        }
        return next;
    }
}
