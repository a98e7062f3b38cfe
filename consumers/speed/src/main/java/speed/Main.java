package speed;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Measures on one Boot, and writes rows of tables for the guide. Takes the version of Boot and a directory. */
public final class Main {
    private Main() {}

    public static void main(String[] args) throws Exception {
        Path directory = Path.of(args[1]);
        List<String> costs;
        List<String> database;
        try (EmbeddedPostgres postgres = EmbeddedPostgres.builder().start()) {
            Map<String, Object> settings = Map.of(
                    "spring.datasource.url",
                    "jdbc:postgresql://localhost:" + postgres.getPort() + "/postgres",
                    "spring.datasource.username",
                    "postgres");
            costs = Costs.measure(args[0], settings);
            costs.forEach(System.out::println);
            database = Databases.measure(args[0], settings, postgres.getPostgresDatabase());
            database.forEach(System.out::println);
        }
        Files.write(directory.resolve("costs"), costs);
        Files.write(directory.resolve("database"), database);
        Files.writeString(directory.resolve("machine"), machine());
    }

    private static String machine() throws IOException {
        String processor = Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse(System.getProperty("os.arch"));
        return String.format(
                Locale.ROOT,
                "%d cores of %s, %s %s, Java %s",
                Runtime.getRuntime().availableProcessors(),
                processor,
                System.getProperty("os.name"),
                System.getProperty("os.version").replaceFirst("-.*", ""),
                System.getProperty("java.version"));
    }
}
