package dev.apikeys.jdbc;

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
import java.util.HexFormat;
import java.util.List;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** The table that the source service left behind, in an SQLite file as it kept it. */
final class LegacyFile {

    private static final String COLUMNS =
            "id, name, description, role, permissions, key_hash, status, usage_count, created_at, updated_at";

    private final SQLiteDataSource source = new SQLiteDataSource();

    private LegacyFile(Path directory) {
        source.setUrl("jdbc:sqlite:" + directory.resolve("legacy.db"));
    }

    /** The ten rows of the fixture. */
    static LegacyFile fixture(Path directory) {
        LegacyFile file = new LegacyFile(directory);
        try (InputStream script = LegacyFile.class.getResourceAsStream("/legacy-api-keys.sql")) {
            file.run(new String(script.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }

    /** A table that allows what no table should. */
    static LegacyFile lenient(Path directory) {
        LegacyFile file = new LegacyFile(directory);
        file.run("CREATE TABLE api_keys (id TEXT, name TEXT, description TEXT, role TEXT, permissions TEXT,"
                + " key_hash TEXT, status TEXT, usage_count, created_at TEXT, updated_at TEXT)");
        return file;
    }

    SQLiteDataSource source() {
        return source;
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

    /** Adds a row that has nothing to be found but what the test puts there. */
    LegacyRowBuilder row(String id) {
        return new LegacyRowBuilder(id);
    }

    /** Adds rows of ascending ids, quickly. */
    void fill(int rows) {
        StringBuilder script = new StringBuilder("BEGIN;");
        for (int i = 0; i < rows; i++) {
            script.append("INSERT INTO api_keys VALUES ('")
                    .append(Rows.id(i))
                    .append("', 'name', NULL, 'read_only', '[\"read\"]', '")
                    .append(hash("secret of " + i))
                    .append("', 'active', 1, '2025-09-02T10:00:00Z', '2025-09-02T10:00:00Z');");
        }
        run(script.append("COMMIT;").toString());
    }

    /** All that stands in the table, to see that it stays. */
    List<List<String>> content() {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT " + COLUMNS + " FROM api_keys ORDER BY rowid")) {
            List<List<String>> rows = new ArrayList<>();
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int column = 1; column <= 10; column++) {
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
    final class LegacyRowBuilder {

        private final List<Object> values = new ArrayList<>();

        private LegacyRowBuilder(String id) {
            values.add(id);
            values.add("name");
            values.add(null);
            values.add("read_upload");
            values.add("[\"read\"]");
            values.add(hash("secret of " + id));
            values.add("active");
            values.add(0);
            values.add("2025-09-02T10:00:00Z");
            values.add("2025-09-02T10:00:00Z");
        }

        LegacyRowBuilder with(String column, Object value) {
            values.set(List.of(COLUMNS.split(", ")).indexOf(column), value);
            return this;
        }

        void add() {
            try (Connection connection = source.getConnection();
                    PreparedStatement insert = connection.prepareStatement(
                            "INSERT INTO api_keys (" + COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
                for (int i = 0; i < values.size(); i++) {
                    insert.setObject(i + 1, values.get(i));
                }
                insert.executeUpdate();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
