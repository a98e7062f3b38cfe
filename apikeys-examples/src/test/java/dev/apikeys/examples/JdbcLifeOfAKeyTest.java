package dev.apikeys.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JdbcLifeOfAKeyTest {
    private static String transcript = "";
    private static String log = "";

    @BeforeAll
    static void run() throws IOException, SQLException {
        ByteArrayOutputStream toErr = new ByteArrayOutputStream();
        PrintStream err = System.err;
        System.setErr(new PrintStream(toErr, true, StandardCharsets.UTF_8));
        try {
            transcript = told();
        } finally {
            System.setErr(err);
        }
        log = toErr.toString(StandardCharsets.UTF_8);
    }

    private static String told(String... arguments) throws IOException, SQLException {
        ByteArrayOutputStream toOut = new ByteArrayOutputStream();
        PrintStream out = System.out;
        System.setOut(new PrintStream(toOut, true, StandardCharsets.UTF_8));
        try {
            JdbcLifeOfAKey.main(arguments);
        } finally {
            System.setOut(out);
        }
        return toOut.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aKeyOutlivesARestart() {
        assertThat(lines())
                .contains(
                        "claim Claimed the first claim gets the secret",
                        "claim the same ticket again AlreadyClaimed the database decides who was first",
                        "the secret of before VALID 200 may read, upload",
                        "Uses: 1, the last on 23 Nov 09:00; that of a moment ago is not written yet.");
    }

    @Test
    void theOtherNodeRefusesWithinTheBound() {
        assertThat(lines())
                .containsSubsequence(
                        "node 2, before VALID 200 may read, upload",
                        "node 1, which revoked it REVOKED 401 since 23 Nov 10:00: laptop lost",
                        "node 2, from its cache VALID 200 may read, upload",
                        "node 2, 5 s later REVOKED 401 since 23 Nov 10:00: laptop lost");
    }

    @Test
    void keysOfAnotherProgramGoOnVerifyingAndADeletedOneStaysAway() {
        assertThat(lines())
                .contains(
                        "dryRun: 10 rows, of which 10 IMPORTED",
                        "apply: 10 rows, of which 10 IMPORTED",
                        "that of ak_1757861895160042700 VALID 200 may admin, download, read, upload",
                        "that of ak_1757861895160042704 VALID 200 may nothing",
                        "that of ak_1757861895160042705 CORRUPT_RECORD 403 cannot read its permissions",
                        "that of ak_1757861895160042707 REVOKED 401 since 6 Jan 10:00: revoked before the import",
                        "that of ak_1757861895160042709 DISABLED 403 since 7 Sep 10:00",
                        "that of ak_1757861895160042705, set VALID 200 may download, read",
                        "apply: 0 rows; 10 rows were looked at before");
    }

    @Test
    void theGuideHoldsTheReportThatIsPrinted() throws IOException {
        String guide = Files.readString(Path.of("../docs/import.md"));
        List<String> reports = Pattern.compile("(?ms)^```text\\n(.*?)^```$")
                .matcher(guide)
                .results()
                .map(block -> block.group(1))
                .toList();
        assertThat(reports).hasSize(3);
        // The first one is of another table; the guide of the import tests it.
        assertThat(transcript.replaceAll("(?m)^ {3}", "")).contains(reports.subList(1, 3));
    }

    @Test
    void itRunsOnTheDatabaseThatIsNamedAndLeavesNothingBehind(@TempDir Path directory)
            throws IOException, SQLException {
        String url = "jdbc:sqlite:" + directory.resolve("named.db");
        String first = told(url);
        assertThat(told(url, "").lines()).hasSameSizeAs(first.lines().toList());
        assertThat(first).contains("SQLite").contains("node 2, 5 s later         REVOKED");
        assertThat(hasTables(url)).isFalse();
    }

    /** Arguments are in the history of the shell and in the list of processes. */
    @Test
    void thePasswordIsNoArgumentButInTheEnvironment(@TempDir Path directory) throws Exception {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcLifeOfAKey.main(new String[] {"jdbc:h2:mem:a", "sa", "secret"}))
                .withMessageContaining("<url> <user> with the password in APIKEYS_DB_PASSWORD");
        String url = "jdbc:h2:file:" + directory.resolve("keys");
        DriverManager.getConnection(url, "ann", "secret").close();
        assertThat(run(url, "secret")).isZero();
        assertThat(run(url, "wrong")).isNotZero();
    }

    /** In a JVM of its own, which has an environment of its own. */
    private static int run(String url, String password) throws Exception {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        ProcessBuilder program = new ProcessBuilder(
                        java.toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        JdbcLifeOfAKey.class.getName(),
                        url,
                        "ann")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        program.environment().put("APIKEYS_DB_PASSWORD", password);
        Process process = program.start();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return process.exitValue();
    }

    @Test
    void aFailureIsShownAndLeavesNothingBehind(@TempDir Path directory) throws SQLException {
        String url = "jdbc:sqlite:" + directory.resolve("named.db");
        PrintStream out = System.out;
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8) {
            @Override
            public void println(String line) {
                if (line.contains("Restart")) {
                    throw new IllegalStateException("planted");
                }
            }
        });
        try {
            assertThatIllegalStateException()
                    .isThrownBy(() -> JdbcLifeOfAKey.main(new String[] {url}))
                    .withMessage("planted");
        } finally {
            System.setOut(out);
        }
        assertThat(hasTables(url)).isFalse();
    }

    private static boolean hasTables(String url) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                ResultSet tables = connection.getMetaData().getTables(null, null, "demo%", null)) {
            return tables.next();
        }
    }

    @Test
    void showsNothingThatLooksLikeASecret() {
        assertThat(Pattern.compile("sk_|ho_|[0-9A-Za-z]{30,}")
                        .matcher(transcript + log)
                        .results()
                        .map(MatchResult::group))
                .isEmpty();
    }

    @Test
    void fitsATerminalOf120Columns() {
        assertThat(transcript.lines().filter(line -> line.length() > 120)).isEmpty();
    }

    private static List<String> lines() {
        return transcript
                .lines()
                .map(line -> line.strip().replaceAll(" +", " "))
                .toList();
    }
}
