package dev.apikeys.jdbc.internal;

import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.WriteSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Writes {@link WriteSet}s, each in the transaction of a session. Immutable and thread-safe. */
public final class WriteSets {

    /**
     * A row to write.
     *
     * @param id its id
     * @param sql the statement
     * @param values the parameters of the statement
     * @param unique for an insert, the parameters of the query for a conflicting row
     */
    private record Step(String id, String sql, Session.Parameters values, Session.Parameters unique) {

        Step(String id, String sql, Session.Parameters values) {
            this(id, sql, values, none -> {});
        }
    }

    private final String insert;
    private final String replace;
    private final String delete;
    private final String insertJournal;
    private final Map<String, UniqueInsert<Step>> inserts;

    /** Prepares the texts of the statements. */
    public WriteSets(Dialect dialect, Tables tables) {
        String table = tables.key();
        insert = dialect.insertInto(table, KeyRows.COLUMNS);
        replace = "UPDATE " + table + " SET " + String.join(" = ?, ", KeyRows.REPLACED)
                + " = ? WHERE id = ? AND version = ? AND hash = ? AND (last_used_at IS NULL OR last_used_at <= ?)";
        delete = "DELETE FROM " + table + " WHERE id = ? AND hash = ? AND version = COALESCE(?, version)";
        List<String> told = new ArrayList<>(Collections.nCopies(JournalRows.COLUMNS.size(), "?"));
        told.set(0, dialect.now());
        insertJournal = dialect.insertInto(tables.journal(), JournalRows.COLUMNS, told);
        inserts = Map.of(
                insert,
                uniqueInsert(dialect, insert, "SELECT id FROM " + table + " WHERE id = ? OR lookup = ?"),
                insertJournal,
                uniqueInsert(dialect, insertJournal, "SELECT id FROM " + tables.journal() + " WHERE id = ?"));
    }

    private static UniqueInsert<Step> uniqueInsert(Dialect dialect, String sql, String existing) {
        return new UniqueInsert<>(
                dialect,
                sql,
                (statement, step) -> step.values().set(statement),
                existing,
                (statement, step) -> step.unique().set(statement),
                Step::id);
    }

    /**
     * Writes a set: key rows in the order of their ids, then journal rows, whose time is the database's. It should be
     * the last write of a transaction, so that the times of journal rows are close to the commit.
     *
     * @return false if a row to replace or delete is not the expected one; the session was rolled back
     * @throws KeyExistsException if an id, a lookup or the id of a journal row exists
     */
    public boolean write(Session session, WriteSet rows) throws SQLException {
        List<Step> steps = rows.split(this::steps);
        for (int from = 0, to; from < steps.size(); from = to) {
            String sql = steps.get(from).sql();
            to = from + 1;
            while (to < steps.size() && steps.get(to).sql().equals(sql)) {
                to++;
            }
            if (!writeBatch(session, sql, steps.subList(from, to))) {
                session.undo();
                return false;
            }
        }
        return true;
    }

    private List<Step> steps(
            List<KeyRow> inserted,
            List<WriteSet.Replace> replaced,
            List<WriteSet.Delete> deleted,
            List<JournalRow> journal) {
        List<Step> steps = new ArrayList<>();
        for (KeyRow row : inserted) {
            steps.add(new Step(
                    row.id(),
                    insert,
                    values -> KeyRows.bindInsert(values, row),
                    unique -> Binding.of(unique).text(row.id()).text(row.lookup())));
        }
        for (WriteSet.Replace row : replaced) {
            steps.add(new Step(row.row().id(), replace, values -> KeyRows.bindReplace(values, row)));
        }
        for (WriteSet.Delete row : deleted) {
            steps.add(new Step(row.id(), delete, values -> KeyRows.bindDelete(values, row)));
        }
        steps.sort(Comparator.comparing(Step::id));
        for (JournalRow row : journal) {
            steps.add(new Step(
                    row.id(),
                    insertJournal,
                    values -> JournalRows.bindInsert(values, row),
                    unique -> Binding.of(unique).text(row.id())));
        }
        return steps;
    }

    /** Writes adjacent steps of one kind; returns false if one of them did not find its row. */
    private boolean writeBatch(Session session, String sql, List<Step> steps) throws SQLException {
        UniqueInsert<Step> unique = inserts.get(sql);
        if (unique != null) {
            unique.run(session, steps);
            return true;
        }
        int[] counts =
                session.updateAll(sql, steps, (statement, step) -> step.values().set(statement));
        return Arrays.stream(counts).noneMatch(count -> count == 0);
    }
}
