package dev.apikeys.examples;

import static java.util.stream.Collectors.joining;

import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.Access;
import dev.apikeys.ApiKey;
import dev.apikeys.ClaimResult;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeyId;
import dev.apikeys.KeyQuery;
import dev.apikeys.KeySpec;
import dev.apikeys.Verification;
import dev.apikeys.importer.ImportReport;
import dev.apikeys.importer.LegacyColumn;
import dev.apikeys.importer.LegacyImport;
import dev.apikeys.importer.Remark;
import dev.apikeys.importer.RowReport;
import dev.apikeys.importer.Summary;
import dev.apikeys.jdbc.JdbcSchema;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The life of API keys in a database: a restart, a second node, and an import of another program's keys. By default on
 * an embedded H2 file; the clock is moved by hand. Not thread-safe.
 */
public final class JdbcLifeOfAKey {
    private static final Instant START = Instant.parse("2026-11-23T09:00:00Z");

    /** The manager's default maximum age of cached records. */
    private static final Duration CACHE_MAX_AGE = Duration.ofSeconds(5);

    private final PrintStream out;
    private final String url;
    private final @Nullable String user;
    private final Path directory;
    private final MutableClock clock = new MutableClock(START);

    /** Tables of this run only, so that the database may hold others. */
    private final String tablePrefix = "demo_" + UUID.randomUUID().toString().substring(0, 8) + "_";

    private int chapters;

    private JdbcLifeOfAKey(PrintStream out, List<String> database, Path directory) {
        this.out = out;
        this.directory = directory;
        this.url = database.isEmpty() ? "jdbc:h2:" + directory.resolve("keys") : database.get(0);
        this.user = database.size() < 2 ? null : database.get(1);
    }

    /**
     * Prints the story to standard output.
     *
     * @param arguments none; or the JDBC URL of a PostgreSQL, MariaDB, H2 or SQLite database; or URL and user, whose
     *     password is in the environment variable {@code APIKEYS_DB_PASSWORD}
     * @throws IOException if there is no room for temporary files
     * @throws SQLException if the database fails
     */
    public static void main(String[] arguments) throws IOException, SQLException {
        if (arguments.length > 2) {
            throw new IllegalArgumentException(
                    "allowed: nothing, or <url>, or <url> <user> with the password in APIKEYS_DB_PASSWORD");
        }
        Path directory = Files.createTempDirectory("apikeys-demo");
        try {
            new JdbcLifeOfAKey(System.out, List.of(arguments), directory).tell();
        } finally {
            delete(directory);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }

    /** The tables of this run. A failure to drop them hides none of before. */
    private interface Tables extends AutoCloseable {
        @Override
        void close() throws SQLException;
    }

    @SuppressWarnings("try") // they are used by name
    private void tell() throws SQLException {
        out.println("The life of API keys in a database, by a clock that is moved by hand");
        out.println();
        try (Tables tables = this::dropTables) {
            createTables();
            CreatedKey deploy;
            try (Node node = start()) {
                deploy = create(node);
            }
            try (Node node = start()) {
                restarted(node, deploy);
                try (Node other = start()) {
                    onTwoNodes(node, other, deploy);
                }
                takeOver(node);
            }
        }
        out.println("Closed: usage is written, the pools are closed, the tables of this run are gone.");
    }

    private Node start() {
        return Node.start(Node.pool(url, user), tablePrefix, clock);
    }

    private void createTables() throws SQLException {
        chapter(
                "Tables",
                "Created by JdbcSchema.create; the scripts are in the jar for those who run them themselves.");
        try (HikariDataSource pool = Node.pool(url, user)) {
            JdbcSchema.create(pool, tablePrefix);
            JdbcSchema.validate(pool, tablePrefix);
            try (Connection connection = pool.getConnection()) {
                DatabaseMetaData database = connection.getMetaData();
                out.println("   " + database.getDatabaseProductName() + " " + database.getDatabaseProductVersion()
                        + ", tables " + tablePrefix + "*");
            }
        }
        out.println();
    }

    private void dropTables() throws SQLException {
        try (HikariDataSource pool = Node.pool(url, user);
                Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            for (String table : List.of("key", "journal", "node", "temp", "import", "schema")) {
                statement.executeUpdate("DROP TABLE IF EXISTS " + tablePrefix + table);
            }
        }
    }

    private CreatedKey create(Node node) {
        chapter("Create, hand off, verify", "As in memory: the store is all that differs.");
        CreatedKey created = node.keys()
                .create(KeySpec.builder("deploy robot")
                        .owner("team-a")
                        .role("read_upload")
                        .expiresIn(Duration.ofDays(90))
                        .handOff(Duration.ofMinutes(10))
                        .build());
        String ticket = created.handOff().orElseThrow().ticket().reveal();
        ClaimResult claim = node.keys().vault().claim(ticket);
        ClaimResult second = node.keys().vault().claim(ticket);
        String secret = claim.claimedSecret().orElseThrow().reveal();
        Table table = new Table("asked", "answer", "why");
        table.row("claim", claim.getClass().getSimpleName(), "the first claim gets the secret");
        table.row(
                "claim the same ticket again", second.getClass().getSimpleName(), "the database decides who was first");
        table.print(out);
        Table answers = answers();
        answer(answers, "the secret, to upload", node.keys().verify(secret, Access.permission("upload")));
        answer(answers, "the secret, to administer", node.keys().verify(secret, Access.permission("admin")));
        answers.print(out);
        return created;
    }

    private void restarted(Node node, CreatedKey deploy) {
        clock.advance(Duration.ofHours(1));
        chapter("Restart", "Manager and pool were closed and created again.");
        Table table = answers();
        answer(table, "the secret of before", verify(node, deploy));
        table.print(out);
        ApiKey key = node.keys().find(deploy.id()).orElseThrow();
        out.println("   Uses: " + key.usageCount() + ", the last on " + Reason.time(key.lastUsedAt())
                + "; that of a moment ago is not written yet.");
        out.println();
    }

    private void onTwoNodes(Node node, Node other, CreatedKey deploy) {
        chapter(
                "Two nodes",
                "What one revokes, the other refuses within cacheMaxAge, " + CACHE_MAX_AGE.toSeconds() + " s.");
        Table table = answers();
        answer(table, "node 2, before", verify(other, deploy));
        node.keys().revoke(deploy.id(), "laptop lost");
        answer(table, "node 1, which revoked it", verify(node, deploy));
        answer(table, "node 2, from its cache", verify(other, deploy));
        clock.advance(CACHE_MAX_AGE);
        answer(table, "node 2, " + CACHE_MAX_AGE.toSeconds() + " s later", verify(other, deploy));
        table.print(out);
    }

    private static Verification verify(Node node, CreatedKey created) {
        return node.keys().verify(created.secret().reveal());
    }

    private void takeOver(Node node) throws SQLException {
        chapter("A table of another program", "Look first, then take it over. It is only read.");
        try (HikariDataSource legacy = Node.pool("jdbc:sqlite:" + directory.resolve("legacy.db"), null)) {
            LegacyService.fill(legacy);
            LegacyImport legacyKeys = LegacyImport.from(legacy)
                    .table("api_keys")
                    .without(
                            LegacyColumn.OWNER,
                            LegacyColumn.REVOKED,
                            LegacyColumn.EXPIRES_AT,
                            LegacyColumn.LAST_USED_AT,
                            LegacyColumn.CREATED_BY)
                    .clock(clock)
                    .tablePrefix(tablePrefix)
                    .into(node.pool());
            out.println("   dryRun, which writes nothing:");
            out.println();
            List<ImportReport> reports = new ArrayList<>();
            Summary foreseen = legacyKeys.dryRun(reports::add);
            print(reports);
            summary("dryRun", foreseen);
            summary("apply", legacyKeys.apply(report -> {}));
            out.println();
            verifyImported(node);
            node.keys().delete(KeyId.of(LegacyService.id(8)));
            out.println("   One of them is deleted. The import runs again and does not restore it:");
            summary("apply", legacyKeys.apply(report -> {}));
            out.println();
        }
    }

    private void print(List<ImportReport> reports) {
        Table table = new Table("row", "outcome", "remarks");
        for (ImportReport report : reports) {
            if (report instanceof RowReport row) {
                String remarks = row.remarks().stream().map(Remark::toString).collect(joining(", "));
                table.row(row.id(), row.outcome(), remarks.isEmpty() ? "none" : remarks);
            } else {
                out.println("   " + report);
            }
        }
        table.print(out);
    }

    private void summary(String run, Summary summary) {
        out.println("   " + run + ": " + summary.rows() + " rows"
                + (summary.rows() == 0 ? "" : ", of which " + counted(summary.outcomes()))
                + (summary.before() == 0 ? "" : "; " + summary.before() + " rows were looked at before"));
        if (!summary.remarks().isEmpty()) {
            out.println("     " + counted(summary.remarks()));
        }
    }

    private static String counted(Map<?, Long> counts) {
        return counts.entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .collect(joining(", "));
    }

    private void verifyImported(Node node) {
        out.println("   Their secrets still work. Damaged keys are denied until they are repaired:");
        out.println();
        Table table = answers();
        for (int digit = 0; digit <= 9; digit++) {
            answer(table, "that of " + LegacyService.id(digit), node.keys().verify(LegacyService.secret(digit)));
        }
        KeyId cutOff = KeyId.of(LegacyService.id(5));
        node.keys().permissionRepair().set(cutOff, Set.of("read", "download"));
        answer(table, "that of " + cutOff + ", set", node.keys().verify(LegacyService.secret(5)));
        table.print(out);
        out.println("   keys.list: " + node.keys().list(KeyQuery.all()).items().size() + " keys.");
        out.println();
    }

    private static Table answers() {
        return new Table("asked", "code", "HTTP", "why");
    }

    private static void answer(Table table, String asked, Verification answer) {
        table.row(asked, answer.code(), answer.httpStatus(), Reason.of(answer));
    }

    private void chapter(String title, String text) {
        chapters++;
        out.println(chapters + "  " + title + " (" + Reason.time(clock.instant()) + ")");
        out.println("   " + text);
        out.println();
    }
}
