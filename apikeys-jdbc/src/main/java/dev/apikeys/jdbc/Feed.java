package dev.apikeys.jdbc;

import dev.apikeys.jdbc.internal.Binding;
import dev.apikeys.jdbc.internal.Columns;
import dev.apikeys.jdbc.internal.Connections;
import dev.apikeys.jdbc.internal.Dialect.Visibility;
import dev.apikeys.jdbc.internal.Session;
import dev.apikeys.jdbc.internal.Task;
import dev.apikeys.spi.Changes;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reports which keys changed, from the journal: one statement a call, which reads what became visible since the last one.
 * Thread-safe; all that it knows of a reader is in the reader's mark.
 */
final class Feed {

    private static final int MAX_CHANGES = 1_000;

    /** So many rows a call reads and a mark remembers; of more it reports all keys. */
    static final int MAX_ROWS = 10_000;

    /** What becomes visible later than this after its time is not found by its time. */
    private static final long OVERLAP_MILLIS = 60_000;

    /** What becomes visible later than this gives reason to doubt that the overlap is enough for the next one. */
    private static final long LATE_MILLIS = OVERLAP_MILLIS / 2;

    /**
     * The state of the journal at a call.
     *
     * @param position a snapshot, or the last number given
     * @param server tells one server from another
     * @param oldest the time of the oldest row, or null if there is none
     */
    private record Head(
            Moment moment,
            String position,
            long server,
            @Nullable Long oldest) {}

    /** A row of the journal. */
    private record Row(String id, String keyId, long time) {}

    /** What a call read: at most one row more than {@link #MAX_ROWS}, and the ids of all rows. */
    private record Reading(Head head, List<Row> rows, Set<String> ids) {}

    /**
     * How far a reader has come.
     *
     * @param remembered the ids of rows that the next call reads again; null if there were too many
     */
    private record Mark(Feed feed, Head head, @Nullable Set<String> remembered) implements Changes.Mark {}

    private final Connections connections;
    private final LongSupplier ticker;
    private final Visibility visibility;
    private final String journal;
    private final String query;

    Feed(Connections connections) {
        this.connections = connections;
        ticker = connections.ticker();
        visibility = connections.dialect().visibility();
        journal = connections.tables().journal();
        query = connections.dialect().changesQuery(journal);
    }

    /** Reports what became visible since a mark. */
    Changes changes(Changes.@Nullable Mark mark) {
        return connections.run(Task.read("read the changes in " + journal), session -> changes(session, mark));
    }

    Changes changes(Session session, Changes.@Nullable Mark mark) throws SQLException {
        Mark last = mark instanceof Mark one && one.feed == this ? one : null;
        Reading reading = read(session, last == null ? null : last.head);
        Mark next = new Mark(this, reading.head, remembered(reading));
        if (last == null) {
            return Changes.all(next);
        }
        if (!reading.head.moment.isPlausibleAfter(last.head.moment)) {
            return Changes.inDoubt(next);
        }
        Set<String> reported = last.remembered;
        if (reported == null
                || reading.rows.size() > MAX_ROWS
                || isGap(last.head, reading.head)
                || !reading.ids.containsAll(reported)) { // it was emptied by hand, and may have held more
            return Changes.all(next);
        }
        List<Row> rows =
                reading.rows.stream().filter(row -> !reported.contains(row.id)).toList();
        if (rows.stream().anyMatch(row -> isLate(last.head, row))) {
            return Changes.inDoubt(next);
        }
        Set<String> ids = rows.stream().map(Row::keyId).collect(Collectors.toSet());
        return ids.size() > MAX_CHANGES ? Changes.all(next) : Changes.of(ids, next);
    }

    /** A snapshot knows itself what was visible, and numbers are read once. */
    private @Nullable Set<String> remembered(Reading reading) {
        if (visibility != Visibility.TIME) {
            return Set.of();
        }
        if (reading.rows.size() > MAX_ROWS) {
            return null;
        }
        long earliest = earliest(reading.head);
        return reading.rows.stream()
                .filter(row -> row.time >= earliest)
                .map(Row::id)
                .collect(Collectors.toSet());
    }

    /** Where the next call begins, by time. */
    private static long earliest(Head head) {
        return head.moment.clock() - OVERLAP_MILLIS;
    }

    private boolean isLate(Head last, Row row) {
        return visibility == Visibility.TIME && row.time < last.moment.clock() - LATE_MILLIS;
    }

    /**
     * Returns whether rows may be gone that no call has seen: a purge takes the oldest first and leaves the newest, so that
     * a journal is empty only if it never had a row or was emptied by hand.
     */
    private boolean isGap(Head last, Head now) {
        if (last.server != now.server || reached(now) < reached(last)) {
            return true;
        }
        if (last.oldest == null || now.oldest == null) {
            return true; // what it held since the last call, if anything, is not to be known
        }
        return now.oldest > last.oldest && now.oldest > earliest(last);
    }

    /** Goes back after a restore, or with PostgreSQL after a crash that took transactions of which nothing was written. */
    private long reached(Head head) {
        return number(visibility == Visibility.SNAPSHOT ? head.position.split(":", -1)[1] : head.position);
    }

    private static long number(String position) {
        return Long.parseLong(position);
    }

    private Reading read(Session session, @Nullable Head last) throws SQLException {
        List<Head> heads = new ArrayList<>(1);
        List<Row> rows = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        long begun = ticker.getAsLong();
        session.decide(query, statement -> bind(statement, last), result -> {
            Columns columns = new Columns(result);
            long clock = columns.number();
            String position = Objects.requireNonNullElse(columns.optionalText(), "0");
            long server = columns.number();
            Long oldest = columns.optionalNumber();
            if (heads.isEmpty()) {
                heads.add(new Head(new Moment(clock, begun, ticker.getAsLong()), position, server, oldest));
            }
            String id = columns.optionalText();
            if (id != null && ids.add(id)) {
                rows.add(new Row(id, columns.text(), columns.number()));
            }
            return true;
        });
        return new Reading(heads.get(0), rows, ids);
    }

    private void bind(PreparedStatement statement, @Nullable Head last) throws SQLException {
        Binding binding = Binding.of(statement);
        long limit = MAX_ROWS + 1L;
        String position = last == null ? null : last.position;
        Long earliest = last == null ? null : (Long) earliest(last);
        switch (visibility) {
            case SNAPSHOT -> binding.text(position).text(position).number(limit);
            case NUMBER ->
                binding.number(position == null ? null : (Long) number(position))
                        .number(limit);
            case TIME ->
                binding.number(earliest)
                        .number(limit)
                        .number(position == null ? null : (Long) number(position))
                        .number(earliest)
                        .number(limit);
        }
    }
}
