package dev.apikeys.benchmarks;

import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** What is measured in each mode, with how much effort. */
final class Plan {
    /** Fixed and touched beforehand: the first touch of a page otherwise costs more than what is measured. */
    private static final String TOUCHED = "-XX:+AlwaysPreTouch";

    private static final String LARGE = "-Xms8g";
    private static final String LARGE_MAX = "-Xmx8g";
    private static final int JDK_WITH_VIRTUAL_THREADS = 21;

    private Plan() {}

    /** Some of what needs no database. */
    static List<ChainedOptionsBuilder> quick() {
        return List.of(
                brief("CreateBenchmark\\.(create|floor)$").threads(1),
                brief("CreateBenchmark\\.(create|floor)$").threads(2),
                brief("VerifyBenchmark\\.(warm|floorCopied|floorNew|badChecksum)$"),
                brief("\\.VaultBenchmark").param("live", "100", "10000"),
                brief("AuthorizeBenchmark\\.(Ours|PerKey)\\.(verify|enforcer)$").param("keys", "10", "1000", "10000"),
                brief("CodecBenchmark\\.(decodeIntact|floor)$"));
    }

    /** Everything. */
    static List<ChainedOptionsBuilder> full() {
        List<ChainedOptionsBuilder> parts = new ArrayList<>();
        create(parts);
        parts.add(onLargeHeap("CreateGrowthBenchmark").forks(2));
        parts.add(thorough("VerifyBenchmark\\.(warm|warmPeppered|badChecksum|floor.*)$"));
        parts.add(plain("VerifyBenchmark\\.(warmPermission|warmResource|unknownId|spring.*)$"));
        parts.add(thorough("\\.VaultBenchmark\\.Ours"));
        parts.add(plain("\\.VaultBenchmark\\.(Fixed|Spring|Bare)"));
        parts.add(plain("JdbcVaultBenchmark"));
        parts.add(thorough("AuthorizeBenchmark\\.Ours").param("keys", "10", "10000", "1000000"));
        parts.add(plain("AuthorizeBenchmark\\.Ours").param("keys", "1000", "100000"));
        parts.add(plain("AuthorizeBenchmark\\.PerKey"));
        parts.add(thorough("CodecBenchmark\\.(decodeIntact|floor)$"));
        parts.add(plain("CodecBenchmark\\.(encode|decodeDamaged)$"));
        jdbc(parts);
        return parts;
    }

    private static void create(List<ChainedOptionsBuilder> parts) {
        for (int threads : List.of(1, 2)) {
            parts.add(thorough("CreateBenchmark\\.(create|floor)$").threads(threads));
            parts.add(plain("CreateBenchmark\\.createHandedOff$").threads(threads));
        }
        parts.add(plain("CreateBenchmark\\.createAll"));
        String kinds = "CreateBenchmark\\.(create|createHandedOff|floor)$";
        for (int threads : List.of(4, 8)) {
            parts.add(brief(kinds).threads(threads));
        }
        if (Runtime.version().feature() >= JDK_WITH_VIRTUAL_THREADS) {
            for (int threads : List.of(8, 64, 512)) {
                parts.add(brief(kinds).threads(threads).jvmArgsAppend(LARGE, LARGE_MAX, TOUCHED, Results.VIRTUAL));
            }
        }
    }

    private static void jdbc(List<ChainedOptionsBuilder> parts) {
        for (String database : List.of("postgresql", "mariadb", "h2", "sqlite")) {
            int forks = database.equals("postgresql") ? 2 : 1;
            parts.add(inDatabase(database, "create|insertByHand", 1, 1));
            parts.add(inDatabase(database, "create|insertByHand|verifyCold|selectByHand", 8, forks));
            parts.add(inDatabase(database, "createAll500|batch500ByHand", 1, forks));
        }
    }

    /** On a smaller heap: rows do not stay in it, and the server needs memory too. */
    private static ChainedOptionsBuilder inDatabase(String database, String methods, int threads, int forks) {
        return plain("\\.JdbcBenchmark\\.(" + methods + ")$")
                .param("database", database)
                .threads(threads)
                .forks(forks)
                .jvmArgsAppend("-Xms2g", "-Xmx2g", TOUCHED);
    }

    private static ChainedOptionsBuilder brief(String include) {
        return onLargeHeap(include)
                .forks(1)
                .warmupIterations(2)
                .warmupTime(TimeValue.seconds(1))
                .measurementIterations(6)
                .measurementTime(TimeValue.milliseconds(500));
    }

    private static ChainedOptionsBuilder plain(String include) {
        return onLargeHeap(include)
                .forks(1)
                .warmupIterations(3)
                .warmupTime(TimeValue.seconds(1))
                .measurementIterations(8)
                .measurementTime(TimeValue.milliseconds(700));
    }

    private static ChainedOptionsBuilder thorough(String include) {
        return plain(include).forks(2);
    }

    private static ChainedOptionsBuilder onLargeHeap(String include) {
        return new OptionsBuilder()
                .include(include)
                .addProfiler(GCProfiler.class)
                .jvmArgsAppend(LARGE, LARGE_MAX, TOUCHED);
    }
}
