package dev.apikeys.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.Actor;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.KeyFormat;
import dev.apikeys.KeyId;
import dev.apikeys.KeyQuery;
import dev.apikeys.Roles;
import dev.apikeys.Verification;
import dev.apikeys.importer.LegacyColumn;
import dev.apikeys.importer.LegacyImport;
import dev.apikeys.importer.RowReport;
import dev.apikeys.importer.RowReport.Outcome;
import dev.apikeys.importer.Summary;
import dev.apikeys.jdbc.JdbcApiKeyStore;
import dev.apikeys.jdbc.JdbcSchema;
import dev.apikeys.jdbc.JdbcTempKeyStore;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the Java of the guides that needs a database. {@link DocumentsTest} compares what stands here and there. */
class JdbcGuideTest {

    @TempDir
    Path directory;

    @Test
    void keepsKeysInADatabase() {
        try (HikariDataSource dataSource = Node.pool("jdbc:h2:" + directory.resolve("storage"), null)) {
            // snippet: docs/storage-jdbc.md, stores
            JdbcSchema.create(dataSource); // or run the script, see below
            JdbcSchema.validate(dataSource); // at every start
            ApiKeyManager keys = ApiKeys.builder(JdbcApiKeyStore.create(dataSource))
                    .handOff(JdbcTempKeyStore.create(dataSource))
                    .build();
            // end of snippet
            try (keys) {
                assertThat(keys.list(KeyQuery.all()).items()).isEmpty();
            }
        }
    }

    @Test
    void takesOverATable() throws SQLException {
        try (HikariDataSource oldDatabase = Node.pool("jdbc:sqlite:" + directory.resolve("legacy.db"), null);
                HikariDataSource pool = Node.pool("jdbc:h2:" + directory.resolve("keys"), null)) {
            LegacyService.fill(oldDatabase);
            rename(oldDatabase);
            JdbcSchema.create(pool);
            Roles roles = Roles.standard();
            // snippet: docs/import.md, dry run
            LegacyImport legacy = LegacyImport.from(oldDatabase)
                    .table("api_keys")
                    .column(LegacyColumn.KEY_HASH, "token_hash") // for each column that is called otherwise
                    .column(LegacyColumn.OWNER, "user_id")
                    .without(LegacyColumn.REVOKED, LegacyColumn.EXPIRES_AT) // the keys of this table have no such thing
                    .without(LegacyColumn.LAST_USED_AT, LegacyColumn.CREATED_BY)
                    .roles(roles) // of the manager that will verify the keys
                    .as(Actor.of("alice@example.com"))
                    .into(pool);
            Summary foreseen = legacy.dryRun(System.out::println);
            // end of snippet
            assertThat(foreseen.rows()).isEqualTo(10);
            assertThat(foreseen.unmapped()).isEmpty();
            JdbcApiKeyStore store = JdbcApiKeyStore.create(pool);
            assertThat(store.find(LegacyService.id(0))).isNull();
            // snippet: docs/import.md, apply
            Summary done = legacy.apply(report -> {
                if (report instanceof RowReport row && row.outcome() == Outcome.SKIPPED) {
                    System.err.println(row);
                }
            });
            // end of snippet
            assertThat(done).isEqualTo(foreseen);
            KeyId cutOff = KeyId.of(LegacyService.id(5));
            // snippet: docs/import.md, verify
            ApiKeyManager keys = ApiKeys.builder(JdbcApiKeyStore.create(pool))
                    .roles(roles)
                    .alsoAccept(KeyFormat.sha64Hex()) // with a pepper: KeyFormat.sha64Hex().acceptingUnpeppered()
                    .build();
            keys.permissionRepair().set(cutOff, Set.of("read", "download"));
            // end of snippet
            try (keys) {
                assertThat(keys.verify(LegacyService.secret(5)).code()).isEqualTo(Verification.Code.VALID);
                assertThat(keys.find(cutOff).orElseThrow().owner()).isEqualTo("42");
            }
        }
    }

    private static void rename(HikariDataSource database) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("ALTER TABLE api_keys RENAME COLUMN key_hash TO token_hash");
            statement.executeUpdate("ALTER TABLE api_keys ADD COLUMN user_id INTEGER DEFAULT 42");
        }
    }
}
