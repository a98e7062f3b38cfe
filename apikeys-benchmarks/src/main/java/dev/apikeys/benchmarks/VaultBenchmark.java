package dev.apikeys.benchmarks;

import static java.util.Objects.requireNonNull;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.ClaimResult;
import dev.apikeys.KeyId;
import dev.apikeys.Secret;
import dev.apikeys.TempKeyVault;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.springframework.security.authentication.ott.GenerateOneTimeTokenRequest;
import org.springframework.security.authentication.ott.InMemoryOneTimeTokenService;
import org.springframework.security.authentication.ott.OneTimeToken;
import org.springframework.security.authentication.ott.OneTimeTokenAuthenticationToken;

/**
 * One put and one claim where so many others wait. Ours seals and opens the secret with AES-GCM under a key derived from
 * the ticket; the peers do neither and keep tickets in the open.
 *
 * <p>{@code java -jar apikeys-benchmarks/target/benchmarks.jar jmh '\.VaultBenchmark' -prof gc}
 */
public class VaultBenchmark {
    static final Duration WITHIN = Duration.ofHours(10);
    static final String SECRET = "sk_01k6a8xk2r4m8yq3v5n7p9t1wz_0123456789012345678901234567890123456789012345678";

    private VaultBenchmark() {}

    /** This library's vault. */
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.MICROSECONDS)
    @State(Scope.Benchmark)
    public static class Ours {
        /** How many temp keys wait. */
        @Param({"100", "10000", "1000000"})
        public int live;

        private static final int ROOM = 10_000;

        private final Secret secret = Secret.of(SECRET);
        private final KeyId id = KeyId.random();
        private @Nullable ApiKeyManager keys;
        private @Nullable TempKeyVault vault;

        /** Fills a vault that has room for some more. */
        @Setup
        public void fill() {
            keys = ApiKeys.builder(new InMemoryApiKeyStore())
                    .handOff(new InMemoryTempKeyStore(live + ROOM))
                    .build();
            vault = keys.vault();
            for (int i = 0; i < live; i++) {
                vault.put(KeyId.random(), secret, WITHIN);
            }
        }

        /** Stops the manager's threads. */
        @TearDown
        public void close() {
            requireNonNull(keys).close();
        }

        /** One put and one claim. */
        @Benchmark
        public ClaimResult putAndClaim() {
            TempKeyVault filled = requireNonNull(vault);
            return filled.claim(filled.put(id, secret, WITHIN).ticket().reveal());
        }
    }

    /** The source system's vault without its deadlock. */
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.MICROSECONDS)
    @State(Scope.Benchmark)
    public static class Fixed {
        /** How many temp keys wait. */
        @Param({"100", "10000", "1000000"})
        public int live;

        private final FixedVault vault = new FixedVault();

        /** Fills the vault. */
        @Setup
        public void fill() {
            vault.fill(live, SECRET, System.currentTimeMillis() + WITHIN.toMillis());
        }

        /** One put and one take. */
        @Benchmark
        public String putAndTake() {
            long now = System.currentTimeMillis();
            String ticket = UUID.randomUUID().toString();
            vault.put(ticket, SECRET, now, now + WITHIN.toMillis());
            return requireNonNull(vault.take(ticket, now));
        }
    }

    /** Spring Security's one-time tokens, which sweep at each generate from 100 tokens on. */
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.MICROSECONDS)
    @State(Scope.Benchmark)
    public static class Spring {
        /** How many tokens wait. */
        @Param({"100", "10000", "1000000"})
        public int live;

        private final InMemoryOneTimeTokenService service = new InMemoryOneTimeTokenService();

        /** Fills the service. */
        @Setup
        public void fill() throws ReflectiveOperationException {
            SpringTokens.fill(service, live, WITHIN);
        }

        /** One generate and one consume. */
        @Benchmark
        public OneTimeToken generateAndConsume() {
            OneTimeToken token = service.generate(new GenerateOneTimeTokenRequest("key", WITHIN));
            return requireNonNull(service.consume(new OneTimeTokenAuthenticationToken(token.getTokenValue())));
        }
    }

    /** A bare map: the floor of what a vault must do, without deadline, bound or seal. */
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.MICROSECONDS)
    @State(Scope.Benchmark)
    public static class Bare {
        /** How many temp keys wait. */
        @Param({"100", "10000", "1000000"})
        public int live;

        private final ConcurrentHashMap<String, String> map = new ConcurrentHashMap<>();

        /** Fills the map. */
        @Setup
        public void fill() {
            for (int i = 0; i < live; i++) {
                map.put(UUID.randomUUID().toString(), SECRET);
            }
        }

        /** One put and one remove. */
        @Benchmark
        public String putAndRemove() {
            String ticket = UUID.randomUUID().toString();
            map.put(ticket, SECRET);
            return requireNonNull(map.remove(ticket));
        }
    }
}
