package dev.apikeys.examples;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/** The previous service: the rows in its table, and the secrets of its users. */
final class LegacyService {
    private static final String RESOURCE = "/legacy-api-keys.sql";

    private LegacyService() {}

    /** Fills an empty SQLite database with the table. */
    static void fill(DataSource database) throws SQLException {
        try (InputStream in = LegacyService.class.getResourceAsStream(RESOURCE);
                Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            if (in == null) {
                throw new IllegalStateException("resource " + RESOURCE + " is not on the class path");
            }
            statement.executeUpdate(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the id of a row by its last digit. */
    static String id(int digit) {
        return "ak_175786189516004270" + digit;
    }

    /** Returns the secret of a row by the last digit of its id. */
    static String secret(int digit) {
        return "sk_" + String.valueOf(digit).repeat(64);
    }
}
