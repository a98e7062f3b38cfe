package dev.apikeys.benchmarks;

import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** What is measured in each mode, with how much effort. */
final class Plan {
    /** The heap for benchmarks that keep millions of keys. */
    static final int LARGE = 8;

    private static final int MEDIUM = 4;

    /**
     * Seconds until create runs compiled. More threads than cores leave the compiler little of them: on a slow machine the
     * figures rose for twenty seconds.
     */
    private static final int WARM_CREATE = 20;

    /** Beside a database that keeps its rows elsewhere; a server needs memory too. */
    private static final int SMALL = 2;

    /** The database that there is a target for. */
    private static final String TARGETED = "postgresql";

    /** The database whose rows are in the heap. */
    private static final String IN_HEAP = "h2";

    private static final String FLEET = "verifyCold|poll|change|flush500";

    private Plan() {}

    /** Some of what needs no database. */
    static List<ChainedOptionsBuilder> quick() {
        return List.of(
                brief("CreateBenchmark\\.(create|floor)$").threads(1),
                brief("CreateBenchmark\\.(create|floor)$").threads(2),
                brief("VerifyBenchmark\\.(warm|floorCopied|floorNew|badChecksum)$"),
                brief("\\.VaultBenchmark").param("live", "100", "10000"),
                brief("AuthorizeBenchmark\\.(Ours|PerKey)\\.(verify|enforcer)$").param("keys", "10", "1000", "10000"),
                brief("GuardBenchmark"),
                brief("CodecBenchmark\\.(decodeIntact|floor)$"));
    }

    /** Everything. */
    static List<ChainedOptionsBuilder> full() {
        List<ChainedOptionsBuilder> parts = new ArrayList<>();
        create(parts);
        parts.add(new OptionsBuilder().include("CreateGrowthBenchmark").forks(2).jvmArgsAppend(heap(LARGE)));
        parts.add(thorough("VerifyBenchmark\\.(warm|warmPeppered|authorize|badChecksum|floor.*)$"));
        parts.add(plain("VerifyBenchmark\\.(warmPermission|warmResource|unknownId|spring.*)$"));
        parts.add(thorough("\\.VaultBenchmark\\.Ours"));
        parts.add(plain("\\.VaultBenchmark\\.(Fixed|Spring|Bare)"));
        parts.add(plain("JdbcVaultBenchmark"));
        parts.add(thorough("AuthorizeBenchmark\\.Ours").param("keys", "10", "10000", "1000000"));
        parts.add(plain("AuthorizeBenchmark\\.Ours").param("keys", "1000", "100000"));
        parts.add(plain("AuthorizeBenchmark\\.PerKey"));
        parts.add(thorough("GuardBenchmark"));
        parts.add(thorough("CodecBenchmark\\.(decodeIntact|floor)$"));
        parts.add(plain("CodecBenchmark\\.(encode|decodeDamaged)$"));
        parts.add(brief("ListBenchmark"));
        jdbc(parts);
        // In this JVM, or each question would fill a database of its own; it says itself how often it measures.
        parts.add(new OptionsBuilder().include("ScaleBenchmark").forks(0));
        return parts;
    }

    /** What the simulation of a fleet computes with. */
    static List<ChainedOptionsBuilder> fleet() {
        return List.of(inDatabase(TARGETED, FLEET, 8, 1));
    }

    private static void create(List<ChainedOptionsBuilder> parts) {
        for (int threads : List.of(1, 2)) {
            parts.add(thorough("\\.CreateBenchmark\\.(create|floor|floorWithJournal)$")
                    .threads(threads));
            parts.add(plain("\\.CreateBenchmark\\.createHandedOff$").threads(threads));
        }
        parts.add(plain("\\.CreateBenchmark\\.createAll"));
        for (int threads : List.of(4, 8)) {
            parts.add(brief("\\.CreateBenchmark\\.(create|createHandedOff|floor)$")
                    .threads(threads));
        }
        if (Runtime.version().feature() >= VirtualThreadsBenchmark.FIRST_JAVA) {
            parts.add(brief("VirtualThreadsBenchmark"));
        }
        parts.forEach(part -> part.jvmArgsAppend(heap(LARGE)).warmupIterations(WARM_CREATE));
    }

    private static void jdbc(List<ChainedOptionsBuilder> parts) {
        for (String database : List.of("postgresql", "mariadb", "h2", "sqlite")) {
            int forks = database.equals(TARGETED) ? 2 : 1;
            parts.add(inDatabase(database, "create|insertByHand", 1, 1));
            parts.add(inDatabase(database, "create|insertByHand|verifyCold|selectByHand", 8, forks));
            if (database.equals(TARGETED)) {
                parts.add(inDatabase(database, "createHandedOff|insertTwoByHand", 8, forks));
                parts.add(inDatabase(database, "poll|change|flush500", 8, forks));
            }
            parts.add(inDatabase(database, "createAll500|batch500ByHand", 1, forks));
        }
    }

    private static ChainedOptionsBuilder inDatabase(String database, String methods, int threads, int forks) {
        return plain("\\.JdbcBenchmark\\.(" + methods + ")$")
                .param("database", database)
                .threads(threads)
                .forks(forks)
                .jvmArgsAppend(heap(database.equals(IN_HEAP) ? LARGE : SMALL));
    }

    private static ChainedOptionsBuilder brief(String include) {
        return new OptionsBuilder()
                .include(include)
                .addProfiler(GCProfiler.class)
                .jvmArgsAppend(heap(MEDIUM))
                .forks(1)
                .warmupIterations(2)
                .warmupTime(TimeValue.seconds(1))
                .measurementIterations(6)
                .measurementTime(TimeValue.milliseconds(500));
    }

    private static ChainedOptionsBuilder plain(String include) {
        return new OptionsBuilder()
                .include(include)
                .addProfiler(GCProfiler.class)
                .jvmArgsAppend(heap(MEDIUM))
                .forks(1)
                .warmupIterations(3)
                .warmupTime(TimeValue.seconds(1))
                .measurementIterations(8)
                .measurementTime(TimeValue.milliseconds(700));
    }

    private static ChainedOptionsBuilder thorough(String include) {
        return plain(include).forks(2);
    }

    /** Fixed and touched beforehand: the first touch of a page otherwise costs more than what is measured. */
    static String[] heap(int gibibytes) {
        return new String[] {"-Xms" + gibibytes + "g", "-Xmx" + gibibytes + "g", "-XX:+AlwaysPreTouch"};
    }
}
