package dev.apikeys.verify.programs;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.tck.ConcurrentProgram;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs of thousands of virtual threads end and add up, on few carriers, and on pools of few connections. */
@EnabledForJreRange(min = JRE.JAVA_21)
class VirtualThreadsTest {

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void thousandsEndAndAddUpInMemory(boolean timeout) throws ReflectiveOperationException {
        run(Stores.Kind.MEMORY, 3_000, timeout);
    }

    @ParameterizedTest
    @EnumSource(
            value = Stores.Kind.class,
            names = {"H2_1", "H2_10", "POSTGRESQL_2", "POSTGRESQL_10"})
    void hundredsEndAndAddUpOnFewConnections(Stores.Kind kind) throws ReflectiveOperationException {
        run(kind, 300, false);
    }

    private static void run(Stores.Kind kind, int threads, boolean timeout) throws ReflectiveOperationException {
        try (Stores stores = Stores.of(kind)) {
            Policy policy = new Policy();
            ApiKeys.Builder builder = ApiKeys.builder(stores.keys())
                    .handOff(stores.tempKeys())
                    .authorizer(policy.authorizer())
                    .retention(Duration.ofMillis(1));
            if (timeout) {
                builder.operationTimeout(Duration.ofSeconds(60));
            }
            try (ApiKeyManager manager = builder.build()) {
                ConcurrentProgram.random(new Random().nextInt(), threads, 2)
                        .patience(Duration.ofSeconds(30))
                        .purging()
                        .reloading(policy::reload)
                        .run(manager, virtual());
            }
        }
    }

    /** {@code Thread.ofVirtual().factory()}, which Java 17 does not have. */
    private static ThreadFactory virtual() throws ReflectiveOperationException {
        Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
        return (ThreadFactory)
                Class.forName("java.lang.Thread$Builder").getMethod("factory").invoke(builder);
    }
}
