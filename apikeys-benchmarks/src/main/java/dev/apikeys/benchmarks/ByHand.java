package dev.apikeys.benchmarks;

import dev.apikeys.spi.KeyRow;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * What somebody careful would write without the library: the same statements on the same tables, bounded in time in the
 * same way, with nothing between them and the driver.
 */
final class ByHand {
    private static final int SECONDS = 5;
    private static final String COLUMNS = "id, lookup, hash, name, description, owner, role, permissions, metadata,"
            + " created_at, updated_at, expires_at, last_used_at, revoked_at, revoked_reason, disabled_at, rotated_from,"
            + " rotated_to, usage_count, version, attributes, created_by";
    private static final String PARAMETERS = "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?";
    private static final String SELECT = "SELECT " + COLUMNS + " FROM apikeys_key WHERE id = ?";
    private static final String INSERT_TEMP = "INSERT INTO apikeys_temp"
            + " (ticket_hash, key_id, sealed, created_at, deadline, settled_at) VALUES (?, ?, ?, ?, ?, NULL)";

    private static final String INSERT_JOURNAL = "INSERT INTO apikeys_journal"
            + " (time, id, type, actor, key_id, version, count, details) VALUES (?, ?, 'CREATED', 'system', ?, 1, 1, ?)";

    /** As long as what the library writes of {@link Scene#SPEC}. */
    private static final String DETAILS = "{\"name\":\"deploys-from-the-ci1\",\"owner\":\"team-platform\","
            + "\"changes\":{\"role\":[null,\"read_upload\"],\"permissions\":[null,\"read, upload\"]}}";

    private final DataSource pool;
    private final boolean overNetwork;
    private final String insert;

    ByHand(DataSource pool, String product) {
        this.pool = pool;
        this.overNetwork = product.equals("postgresql") || product.equals("mariadb");
        String into = "INSERT INTO apikeys_key (" + COLUMNS + ") ";
        this.insert = switch (product) {
            case "postgresql" -> into + "SELECT " + PARAMETERS + " ON CONFLICT DO NOTHING";
            case "sqlite" -> into + "VALUES (" + PARAMETERS + ") ON CONFLICT DO NOTHING";
            default -> into + "VALUES (" + PARAMETERS + ")";
        };
    }

    /** One row with its journal row, in one transaction. */
    int insert(KeyRow row) throws SQLException {
        return insertAll(List.of(row))[0];
    }

    /** One temp key that waits, committed by itself. */
    int insertTemp(String ticketHash, String keyId, String sealed, long now, long deadline) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement statement = connection.prepareStatement(INSERT_TEMP)) {
            statement.setString(1, ticketHash);
            statement.setString(2, keyId);
            statement.setString(3, sealed);
            statement.setLong(4, now);
            statement.setLong(5, deadline);
            bound(connection, statement);
            return statement.executeUpdate();
        }
    }

    /** All rows with their journal rows, as two batches in one transaction. */
    int[] insertAll(List<KeyRow> rows) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            try (PreparedStatement statement = connection.prepareStatement(insert);
                    PreparedStatement journal = connection.prepareStatement(INSERT_JOURNAL)) {
                for (KeyRow row : rows) {
                    bind(statement, row);
                    statement.addBatch();
                    bindJournal(journal, row);
                    journal.addBatch();
                }
                bound(connection, statement);
                int[] counts = statement.executeBatch();
                journal.setQueryTimeout(SECONDS);
                journal.executeBatch();
                connection.commit();
                return counts;
            }
        }
    }

    private static void bindJournal(PreparedStatement statement, KeyRow row) throws SQLException {
        statement.setLong(1, row.createdAt());
        statement.setString(2, row.id().substring(3));
        statement.setString(3, row.id());
        statement.setString(4, DETAILS);
    }

    /** The row with this id. */
    @Nullable KeyRow select(String id) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement statement = connection.prepareStatement(SELECT)) {
            statement.setString(1, id);
            bound(connection, statement);
            try (ResultSet result = statement.executeQuery()) {
                return result.next() ? read(result) : null;
            }
        }
    }

    /** The pool takes the bound of the socket back when it gets the connection. */
    private void bound(Connection connection, PreparedStatement statement) throws SQLException {
        if (overNetwork) {
            connection.setNetworkTimeout(Runnable::run, SECONDS * 1_000);
        }
        statement.setQueryTimeout(SECONDS);
    }

    private static void bind(PreparedStatement statement, KeyRow row) throws SQLException {
        text(statement, 1, row.id());
        text(statement, 2, row.lookup());
        text(statement, 3, row.hash());
        text(statement, 4, row.name());
        text(statement, 5, row.description());
        text(statement, 6, row.owner());
        text(statement, 7, row.role());
        text(statement, 8, row.permissions());
        text(statement, 9, row.metadata());
        number(statement, 10, row.createdAt());
        number(statement, 11, row.updatedAt());
        number(statement, 12, row.expiresAt());
        number(statement, 13, row.lastUsedAt());
        number(statement, 14, row.revokedAt());
        text(statement, 15, row.revokedReason());
        number(statement, 16, row.disabledAt());
        text(statement, 17, row.rotatedFrom());
        text(statement, 18, row.rotatedTo());
        number(statement, 19, row.usageCount());
        number(statement, 20, row.version());
        text(statement, 21, row.attributes());
        text(statement, 22, row.createdBy());
    }

    private static void text(PreparedStatement statement, int index, @Nullable String value) throws SQLException {
        if (value == null) {
            statement.setNull(index, Types.VARCHAR);
        } else {
            statement.setString(index, value);
        }
    }

    private static void number(PreparedStatement statement, int index, @Nullable Long value) throws SQLException {
        if (value == null) {
            statement.setNull(index, Types.BIGINT);
        } else {
            statement.setLong(index, value);
        }
    }

    private static KeyRow read(ResultSet result) throws SQLException {
        return KeyRow.builder(result.getString(1), result.getString(3), result.getString(4))
                .lookup(result.getString(2))
                .description(result.getString(5))
                .owner(result.getString(6))
                .role(result.getString(7))
                .permissions(result.getString(8))
                .metadata(result.getString(9))
                .createdAt(result.getLong(10))
                .updatedAt(result.getLong(11))
                .expiresAt(time(result, 12))
                .lastUsedAt(time(result, 13))
                .revokedAt(time(result, 14))
                .revokedReason(result.getString(15))
                .disabledAt(time(result, 16))
                .rotatedFrom(result.getString(17))
                .rotatedTo(result.getString(18))
                .usageCount(result.getLong(19))
                .version(result.getLong(20))
                .attributes(result.getString(21))
                .createdBy(result.getString(22))
                .build();
    }

    private static @Nullable Long time(ResultSet result, int index) throws SQLException {
        long value = result.getLong(index);
        return result.wasNull() ? null : value;
    }
}
