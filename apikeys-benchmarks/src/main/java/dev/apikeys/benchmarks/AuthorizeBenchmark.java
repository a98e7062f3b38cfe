package dev.apikeys.benchmarks;

import dev.apikeys.Access;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.Verification;
import dev.apikeys.casbin.CasbinAuthorizer;
import dev.apikeys.memory.InMemoryApiKeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.casbin.jcasbin.main.Enforcer;
import org.casbin.jcasbin.main.SyncedEnforcer;
import org.casbin.jcasbin.model.Model;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What it costs to decide whether a key may read a file, where so many keys exist. Ours is the whole verification of one
 * of the keys, hash included; jCasbin's is the decision alone, with four policies for each key as the source system had
 * them.
 *
 * <p>{@code java -jar apikeys-benchmarks/target/benchmarks.jar jmh AuthorizeBenchmark}
 */
public class AuthorizeBenchmark {
    private static final String PATH = "/api/v1/files/a.txt";

    private AuthorizeBenchmark() {}

    /** This library: four policies in all. */
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.MICROSECONDS)
    @State(Scope.Benchmark)
    public static class Ours {
        private static final int SECRETS = 1_024;
        private static final Access FILE = Access.resource(PATH, "GET");
        private static final String POLICY = """
                p, read, /api/v1/files/*, GET, allow
                p, download, /api/v1/files/*, GET, allow
                p, upload, /api/v1/files/*, PUT, allow
                p, admin, /api/v1/web/admin/*, *, allow
                """;

        /** How many keys exist. */
        @Param({"10", "1000", "10000", "100000", "1000000"})
        public int keys;

        private final ApiKeyManager manager = ApiKeys.builder(new InMemoryApiKeyStore())
                .cacheMaxAge(Duration.ofHours(1))
                .authorizer(CasbinAuthorizer.fromPolicy(POLICY))
                .build();
        private String[] secrets = {};

        /** Creates the keys; verifies some in turn, so that the cache holds what is asked for at every size. */
        @Setup
        public void fill() {
            secrets = Scene.fill(manager, keys, SECRETS).toArray(String[]::new);
            for (String secret : secrets) {
                manager.verify(secret, FILE).orElseThrow();
            }
        }

        /** Stops the manager's threads. */
        @TearDown
        public void close() {
            manager.close();
        }

        /** One verification with its decision. */
        @Benchmark
        public Verification verify() {
            return manager.verify(secrets[ThreadLocalRandom.current().nextInt(secrets.length)], FILE);
        }
    }

    /** jCasbin with policies per key. */
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.MICROSECONDS)
    @State(Scope.Benchmark)
    public static class PerKey {
        private static final String MODEL = """
                [request_definition]
                r = sub, obj, act

                [policy_definition]
                p = sub, obj, act

                [policy_effect]
                e = some(where (p.eft == allow))

                [matchers]
                m = r.sub == p.sub && keyMatch2(r.obj, p.obj) && r.act == p.act
                """;

        /** How many keys exist. */
        @Param({"10", "1000", "10000"})
        public int keys;

        private Enforcer enforcer = enforcer(new Enforcer());
        private Enforcer synced = enforcer(new SyncedEnforcer());

        private static Enforcer enforcer(Enforcer enforcer) {
            Model model = new Model();
            model.loadModelFromText(MODEL);
            enforcer.setModel(model);
            enforcer.enableLog(false);
            return enforcer;
        }

        /** Adds four policies for each key. */
        @Setup
        public void fill() {
            enforcer = enforcer(new Enforcer());
            synced = enforcer(new SyncedEnforcer());
            List<List<String>> policies = new ArrayList<>();
            for (int i = 0; i < keys; i++) {
                policies.add(List.of("ak_" + i, "/api/v1/files/*", "GET"));
                policies.add(List.of("ak_" + i, "/api/v1/files/*", "HEAD"));
                policies.add(List.of("ak_" + i, "/api/v1/files/*", "PUT"));
                policies.add(List.of("ak_" + i, "/api/v1/web/admin/*", "GET"));
            }
            enforcer.addPolicies(policies);
            synced.addPolicies(policies);
        }

        private String one() {
            return "ak_" + ThreadLocalRandom.current().nextInt(keys);
        }

        /** One decision of an Enforcer. */
        @Benchmark
        public boolean enforcer() {
            return enforcer.enforce(one(), PATH, "GET");
        }

        /** One decision of a SyncedEnforcer. */
        @Benchmark
        public boolean syncedEnforcer() {
            return synced.enforce(one(), PATH, "GET");
        }
    }
}
