package dev.apikeys.importer;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** A table of API keys that another program left behind, in an SQLite file. */
final class LegacyFile {

    /** What the table of the incident does not have. */
    static final LegacyColumn[] NOT_IN_THE_INCIDENT = {
        LegacyColumn.OWNER,
        LegacyColumn.REVOKED,
        LegacyColumn.EXPIRES_AT,
        LegacyColumn.LAST_USED_AT,
        LegacyColumn.CREATED_BY
    };

    private final SQLiteDataSource source = new SQLiteDataSource();
    private final LegacyColumn[] absent;

    private LegacyFile(Path directory, LegacyColumn... absent) {
        source.setUrl("jdbc:sqlite:" + directory.resolve("legacy.db"));
        this.absent = absent;
    }

    /** The ten rows of the service of the incident. */
    static LegacyFile ofTheIncident(Path directory) {
        return new LegacyFile(directory, NOT_IN_THE_INCIDENT).filledBy("/legacy-api-keys.sql");
    }

    /** Sixteen rows of a table such as most services keep. */
    static LegacyFile usual(Path directory) {
        return new LegacyFile(directory).filledBy("/usual-api-keys.sql");
    }

    /** An empty table with a column for all that can be imported, which allows what no table should. */
    static LegacyFile lenient(Path directory) {
        LegacyFile file = new LegacyFile(directory);
        file.run("CREATE TABLE api_keys (" + names() + ")");
        return file;
    }

    private LegacyFile filledBy(String resource) {
        try (InputStream script = LegacyFile.class.getResourceAsStream(resource)) {
            run(new String(script.readAllBytes(), StandardCharsets.UTF_8));
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String names() {
        return Arrays.stream(LegacyColumn.values())
                .map(LegacyColumn::defaultName)
                .collect(Collectors.joining(", "));
    }

    SQLiteDataSource source() {
        return source;
    }

    LegacyImport.Builder legacyImport() {
        return LegacyImport.from(source).without(absent);
    }

    /** The same file, which SQLite itself refuses to write to. */
    SQLiteDataSource readOnly() {
        SQLiteConfig configuration = new SQLiteConfig();
        configuration.setReadOnly(true);
        SQLiteDataSource readOnly = new SQLiteDataSource(configuration);
        readOnly.setUrl(source.getUrl());
        return readOnly;
    }

    void run(String script) {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(script);
        } catch (SQLException e) {
            throw new IllegalStateException(script, e);
        }
    }

    /** A row that has nothing to be remarked but what the test puts there. */
    RowBuilder row(String id) {
        return new RowBuilder(id);
    }

    /** Adds rows of ascending ids, quickly. */
    void fill(int rows) {
        StringBuilder script = new StringBuilder("BEGIN;");
        for (int i = 0; i < rows; i++) {
            script.append(
                            "INSERT INTO api_keys (id, name, role, permissions, key_hash, status, usage_count, created_at)"
                                    + " VALUES ('")
                    .append(id(i))
                    .append("', 'name', 'read_only', '[\"read\"]', '")
                    .append(hash("secret of " + i))
                    .append("', 'active', 1, '2025-09-02T10:00:00Z');");
        }
        run(script.append("COMMIT;").toString());
    }

    static String id(int number) {
        return String.format(Locale.ROOT, "ak_%08d", number);
    }

    /** All that the table holds, to see that it stays. */
    List<List<String>> content() {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT * FROM api_keys ORDER BY rowid")) {
            List<List<String>> rows = new ArrayList<>();
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int column = 1; column <= result.getMetaData().getColumnCount(); column++) {
                    row.add(result.getString(column));
                }
                rows.add(row);
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The secret whose digits are all the same. */
    static String secret(char digit) {
        return "sk_" + String.valueOf(digit).repeat(64);
    }

    static String hash(String secret) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A row to be. */
    final class RowBuilder {

        private final Map<LegacyColumn, Object> values = new EnumMap<>(LegacyColumn.class);

        private RowBuilder(String id) {
            values.put(LegacyColumn.ID, id);
            values.put(LegacyColumn.NAME, "name");
            values.put(LegacyColumn.ROLE, "read_upload");
            values.put(LegacyColumn.PERMISSIONS, "[\"read\"]");
            values.put(LegacyColumn.KEY_HASH, hash("secret of " + id));
            values.put(LegacyColumn.STATUS, "active");
            values.put(LegacyColumn.USAGE_COUNT, 0);
            values.put(LegacyColumn.CREATED_AT, "2025-09-02T10:00:00Z");
            values.put(LegacyColumn.UPDATED_AT, "2025-09-03T10:00:00Z");
        }

        RowBuilder with(LegacyColumn column, Object value) {
            values.put(column, value);
            return this;
        }

        void add() {
            String places =
                    Arrays.stream(LegacyColumn.values()).map(column -> "?").collect(Collectors.joining(", "));
            try (Connection connection = source.getConnection();
                    PreparedStatement insert = connection.prepareStatement(
                            "INSERT INTO api_keys (" + names() + ") VALUES (" + places + ")")) {
                for (LegacyColumn column : LegacyColumn.values()) {
                    insert.setObject(column.ordinal() + 1, values.get(column));
                }
                insert.executeUpdate();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
