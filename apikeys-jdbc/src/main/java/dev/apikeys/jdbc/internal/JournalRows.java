package dev.apikeys.jdbc.internal;

import dev.apikeys.spi.JournalRow;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** The mapping of journal rows to their table. */
public final class JournalRows {

    /** The columns that an insert sets and a query reads, in this order; the first one is set by the database. */
    public static final List<String> COLUMNS =
            List.of("time", "id", "type", "actor", "key_id", "via", "request_id", "version", "count", "details");

    private JournalRows() {}

    /** Binds {@link #COLUMNS}, except the first one. */
    static void bindInsert(PreparedStatement statement, JournalRow row) throws SQLException {
        Binding.of(statement)
                .text(row.id())
                .text(row.type())
                .text(row.actor())
                .text(row.keyId())
                .text(row.via())
                .text(row.requestId())
                .number(row.version())
                .number(row.count())
                .text(row.details());
    }

    /** Reads {@link #COLUMNS}. */
    public static JournalRow read(ResultSet result) throws SQLException {
        Columns columns = new Columns(result);
        long time = columns.number();
        return JournalRow.builder(columns.text(), columns.text(), columns.text())
                .time(time)
                .keyId(columns.optionalText())
                .via(columns.optionalText())
                .requestId(columns.optionalText())
                .version(columns.optionalNumber())
                .count(columns.number())
                .details(columns.optionalText())
                .build();
    }
}
