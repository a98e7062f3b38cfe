package dev.apikeys.benchmarks;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.ClaimResult;
import dev.apikeys.KeyId;
import dev.apikeys.Secret;
import dev.apikeys.jdbc.JdbcTempKeyStore;
import dev.apikeys.memory.InMemoryApiKeyStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.security.authentication.ott.GenerateOneTimeTokenRequest;
import org.springframework.security.authentication.ott.JdbcOneTimeTokenService;
import org.springframework.security.authentication.ott.OneTimeToken;
import org.springframework.security.authentication.ott.OneTimeTokenAuthenticationToken;

/**
 * One put and one claim where so many others wait, in a database in memory (H2). Ours seals the secret, keeps its row to
 * tell a second claim that it is one, and keeps four indexes; Spring Security's service carries no secret, deletes the row
 * and keeps the primary key alone.
 *
 * <p>{@code java -jar apikeys-benchmarks/target/benchmarks.jar jmh JdbcVaultBenchmark}
 */
public class JdbcVaultBenchmark {
    private static final String DATABASE = "h2";

    private JdbcVaultBenchmark() {}

    /** This library's vault. */
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.MICROSECONDS)
    @State(Scope.Benchmark)
    public static class Ours {
        /** How many temp keys wait. */
        @Param({"100", "10000", "100000"})
        public int live;

        private final Secret secret = Secret.of(VaultBenchmark.SECRET);
        private final KeyId id = KeyId.random();

        @SuppressWarnings("NullAway.Init") // In start, before anything else.
        private Database database;

        @SuppressWarnings("NullAway.Init")
        private ApiKeyManager keys;

        /** Fills the vault. */
        @Setup
        public void start() throws Exception {
            database = Database.start(DATABASE);
            keys = ApiKeys.builder(new InMemoryApiKeyStore())
                    .handOff(JdbcTempKeyStore.builder(database.pool())
                            .maxLive(2_000_000)
                            .build())
                    .build();
            for (int i = 0; i < live; i++) {
                keys.vault().put(KeyId.random(), secret, VaultBenchmark.WITHIN);
            }
        }

        /** Stops the manager's threads and the database. */
        @TearDown
        public void stop() throws SQLException {
            keys.close();
            database.close();
        }

        /** One put and one claim. */
        @Benchmark
        public ClaimResult putAndClaim() {
            return keys.vault()
                    .claim(keys.vault()
                            .put(id, secret, VaultBenchmark.WITHIN)
                            .ticket()
                            .reveal());
        }
    }

    /** Spring Security's one-time tokens in a database. Its hourly sweep is in none of the figures. */
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.MICROSECONDS)
    @State(Scope.Benchmark)
    public static class Spring {
        /** How many tokens wait. */
        @Param({"100", "10000", "100000"})
        public int live;

        @SuppressWarnings("NullAway.Init") // In start, before anything else.
        private Database database;

        @SuppressWarnings("NullAway.Init")
        private JdbcOneTimeTokenService service;

        /** Makes the table and fills it. */
        @Setup
        public void start() throws Exception {
            database = Database.start(DATABASE);
            service = new JdbcOneTimeTokenService(new JdbcTemplate(database.pool()));
            fill(database.pool(), live);
        }

        private static void fill(DataSource pool, int count) throws SQLException, IOException {
            try (Connection connection = pool.getConnection();
                    Statement table = connection.createStatement()) {
                table.execute(schema());
                try (PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO one_time_tokens VALUES (?, 'key', ?)")) {
                    Timestamp deadline = Timestamp.from(Instant.now().plus(VaultBenchmark.WITHIN));
                    for (int i = 0; i < count; i++) {
                        insert.setString(1, UUID.randomUUID().toString());
                        insert.setTimestamp(2, deadline);
                        insert.addBatch();
                    }
                    insert.executeBatch();
                }
            }
        }

        private static String schema() throws IOException {
            String resource = "/org/springframework/security/core/ott/jdbc/one-time-tokens-schema.sql";
            try (var in = Objects.requireNonNull(JdbcOneTimeTokenService.class.getResourceAsStream(resource))) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
        }

        /** Stops the sweep and the database. */
        @TearDown
        public void stop() throws Exception {
            service.destroy();
            database.close();
        }

        /** One generate and one consume. */
        @Benchmark
        public OneTimeToken generateAndConsume() {
            OneTimeToken token = service.generate(new GenerateOneTimeTokenRequest("key", VaultBenchmark.WITHIN));
            return Objects.requireNonNull(service.consume(new OneTimeTokenAuthenticationToken(token.getTokenValue())));
        }
    }
}
