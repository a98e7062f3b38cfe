package dev.apikeys.benchmarks;

import dev.apikeys.benchmarks.FleetSimulation.Demand;
import dev.apikeys.benchmarks.FleetSimulation.Load;
import dev.apikeys.benchmarks.FleetSimulation.Setting;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The settings and loads that are simulated. */
final class Fleet {
    static final List<Setting> SETTINGS = List.of(
            new Setting(
                    "no feed",
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(1),
                    10_000,
                    Duration.ofSeconds(10)),
            new Setting(
                    "defaults",
                    Duration.ofSeconds(5),
                    Duration.ofMinutes(1),
                    Duration.ofSeconds(1),
                    10_000,
                    Duration.ofSeconds(10)),
            new Setting(
                    "large cache",
                    Duration.ofSeconds(5),
                    Duration.ofMinutes(1),
                    Duration.ofSeconds(1),
                    500_000,
                    Duration.ofSeconds(10)),
            new Setting(
                    "large and long",
                    Duration.ofSeconds(5),
                    Duration.ofHours(1),
                    Duration.ofSeconds(1),
                    500_000,
                    Duration.ofMinutes(1)));

    static final List<Long> KEYS = List.of(1_000L, 100_000L, 10_000_000L, 100_000_000L);
    static final List<Integer> REQUESTS = List.of(100, 1_000);

    /** Ten changes of a key in a year. */
    private static final double CHANGES_PER_KEY = 10.0 / Duration.ofDays(365).toSeconds();

    private static final Duration SHORTEST = Duration.ofMinutes(5);
    private static final long SEED = 1;

    private Fleet() {}

    /**
     * What one node of a fleet asks for.
     *
     * @param setting its name
     * @param keys in use
     * @param requests a second
     * @param demand what was counted
     */
    record Node(String setting, long keys, int requests, Demand demand) {
        Load load(int nodes) {
            return Fleet.load(nodes, keys, requests);
        }
    }

    /** Simulates each setting under each load. */
    static List<Node> simulated() {
        List<Node> nodes = new ArrayList<>();
        for (long keys : KEYS) {
            for (int requests : REQUESTS) {
                for (Setting setting : SETTINGS) {
                    nodes.add(simulated(setting, keys, requests));
                }
            }
        }
        return nodes;
    }

    static Node simulated(Setting setting, long keys, int requests) {
        Duration half = setting.cacheLifetime().compareTo(SHORTEST) > 0 ? setting.cacheLifetime() : SHORTEST;
        Demand demand = new FleetSimulation(setting, load(1, keys, requests), SEED).run(half);
        return new Node(setting.name(), keys, requests, demand);
    }

    private static Load load(int nodes, long keys, int requests) {
        return new Load(nodes, keys, requests, keys * CHANGES_PER_KEY);
    }
}
