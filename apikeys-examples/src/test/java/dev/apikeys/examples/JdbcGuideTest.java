package dev.apikeys.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.KeyFormat;
import dev.apikeys.KeyId;
import dev.apikeys.KeyQuery;
import dev.apikeys.Roles;
import dev.apikeys.Verification;
import dev.apikeys.jdbc.JdbcApiKeyStore;
import dev.apikeys.jdbc.JdbcSchema;
import dev.apikeys.jdbc.JdbcTempKeyStore;
import dev.apikeys.jdbc.legacy.LegacyColumn;
import dev.apikeys.jdbc.legacy.LegacyImport;
import dev.apikeys.jdbc.legacy.RowReport.Outcome;
import dev.apikeys.jdbc.legacy.Summary;
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
        try (HikariDataSource dataSource = Node.pool("jdbc:h2:" + directory.resolve("storage"), null, null)) {
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
        try (HikariDataSource oldDatabase = Node.pool("jdbc:sqlite:" + directory.resolve("legacy.db"), null, null);
                HikariDataSource pool = Node.pool("jdbc:h2:" + directory.resolve("keys"), null, null)) {
            LegacyService.fill(oldDatabase);
            rename(oldDatabase);
            JdbcSchema.create(pool);
            Roles roles = Roles.standard();
            // snippet: docs/import.md, dry run
            JdbcApiKeyStore store = JdbcApiKeyStore.create(pool);
            LegacyImport legacy = LegacyImport.from(oldDatabase)
                    .table("api_keys")
                    .column(LegacyColumn.KEY_HASH, "hash") // for each column that is called otherwise
                    .roles(roles) // of the manager that will verify the keys
                    .into(store);
            Summary foreseen = legacy.dryRun(System.out::println);
            // end of snippet
            assertThat(foreseen.rows()).isEqualTo(10);
            assertThat(store.find(LegacyService.id(0))).isNull();
            // snippet: docs/import.md, apply
            Summary done = legacy.apply(report -> {
                if (report.outcome() == Outcome.SKIPPED) {
                    System.err.println(report);
                }
            });
            // end of snippet
            assertThat(done).isEqualTo(foreseen);
            KeyId cutOff = KeyId.of(LegacyService.id(5));
            // snippet: docs/import.md, verify
            ApiKeyManager keys = ApiKeys.builder(store)
                    .roles(roles)
                    .alsoAccept(KeyFormat.sha64Hex()) // with a pepper: KeyFormat.sha64Hex().acceptingUnpeppered()
                    .build();
            keys.permissionRepair().set(cutOff, Set.of("read", "download"));
            // end of snippet
            try (keys) {
                assertThat(keys.verify(LegacyService.secret(5)).code()).isEqualTo(Verification.Code.VALID);
            }
        }
    }

    private static void rename(HikariDataSource database) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("ALTER TABLE api_keys RENAME COLUMN key_hash TO hash");
        }
    }
}
