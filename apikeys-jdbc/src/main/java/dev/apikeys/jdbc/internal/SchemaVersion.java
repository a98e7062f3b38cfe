package dev.apikeys.jdbc.internal;

import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The version of the tables in a database.
 *
 * @param number the number of the last script that was run, 0 for none
 * @param compatibleFrom the number of the oldest library that may read and write them
 */
public record SchemaVersion(int number, int compatibleFrom) {

    private static final SchemaVersion NONE = new SchemaVersion(0, 0);

    /** Reads the version of the tables. */
    public static SchemaVersion of(Connections connections) {
        String table = connections.tables().schema();
        String query = "SELECT version, compatible_from FROM " + table + " ORDER BY version DESC LIMIT 1";
        return connections.run(Task.read("read the version in " + table), session -> {
            try {
                List<SchemaVersion> found = session.query(
                        query, statement -> {}, result -> new SchemaVersion(result.getInt(1), result.getInt(2)));
                return found.isEmpty() ? NONE : found.get(0);
            } catch (SQLException e) {
                if (connections.dialect().missing(e)) {
                    return NONE;
                }
                throw e;
            }
        });
    }

    /**
     * Returns why a library must not use the tables.
     *
     * @param library the version that the library was made for
     * @param connections to the tables
     * @return a message with what to do, or null if it may use them
     */
    public @Nullable String refusal(int library, Connections connections) {
        String tables = "The tables " + connections.tables().prefix() + "* are of version " + number;
        if (number == 0) {
            tables += " (" + connections.tables().schema() + " is missing or empty)";
        }
        if (number < library) {
            return tables + ", but this library needs " + library
                    + "; run JdbcSchema.create or the scripts of the jar in "
                    + connections.dialect().scripts() + ", and check the table prefix";
        }
        if (compatibleFrom > library) {
            return tables + ", which libraries from version " + compatibleFrom + " on may use, but this library is of"
                    + " version " + library + "; use a later one";
        }
        return null;
    }
}
