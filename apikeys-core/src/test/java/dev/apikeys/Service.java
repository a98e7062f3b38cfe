package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.Verification.Code;
import dev.apikeys.spi.ApiKeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/**
 * A service that uses the library, with all that it gives to it at hand. Maintenance and feed run only when they are called.
 */
final class Service implements AutoCloseable {
    final MovableTime time = new MovableTime();
    final SimpleKeyStore store = new SimpleKeyStore();
    final SimpleTempStore temp = new SimpleTempStore();
    final Recorder told = new Recorder();
    private final List<ApiKeyManager> managers = new ArrayList<>();
    private final List<Hold> holds = new ArrayList<>();

    Service() {
        store.clock = time;
        temp.clock = time;
    }

    /** The settings of a manager of this service. Fields are set, so that a test may still call each setter. */
    ApiKeys.Builder builder() {
        return builderOn(store);
    }

    /** The same on another store. */
    ApiKeys.Builder builderOn(ApiKeyStore other) {
        ApiKeys.Builder builder = ApiKeys.builder(other).listener(told);
        builder.tempStore = temp;
        builder.clock = time;
        builder.ticker = time;
        builder.maintainsItself = false;
        builder.followsItself = false;
        return builder;
    }

    /** The same with another listener instead of the one that remembers. */
    ApiKeys.Builder builderTelling(KeyListener listener) {
        ApiKeys.Builder builder = builder();
        builder.listeners.clear();
        return builder.listener(listener);
    }

    ApiKeyManager start() {
        return start(builder());
    }

    ApiKeyManager start(ApiKeys.Builder builder) {
        ApiKeyManager manager = builder.build();
        managers.add(manager);
        return manager;
    }

    /** A place to hang at, let go at the end of the test at the latest. */
    Hold hold() {
        Hold hold = new Hold();
        holds.add(hold);
        return hold;
    }

    /** Changes a stored row by hand, past the library. */
    void edit(KeyId id, String column, Object value) {
        store.put(Rows.of(store.row(id.value())).set(column, value).row());
    }

    static KeySpec spec() {
        return KeySpec.builder("ci deploy").role("read_upload").build();
    }

    static KeySpec spec(String... permissions) {
        return KeySpec.builder("ci deploy").permissions(Set.of(permissions)).build();
    }

    static KeySpec specWithHandOff() {
        return KeySpec.builder("ci deploy")
                .role("read_upload")
                .handOff(Duration.ofMinutes(10))
                .build();
    }

    static void assertCode(Verification verification, Code code) {
        assertThat(verification.code()).as("%s", verification).isEqualTo(code);
    }

    /** Waits for what another thread does, looking often. */
    static ConditionFactory eventually() {
        return Awaitility.await()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .atMost(Duration.ofSeconds(20));
    }

    @Override
    public void close() {
        store.hooks.clear();
        temp.hooks.clear();
        holds.forEach(Hold::release);
        managers.forEach(Service::closeUnlessClosed);
    }

    /** A second close says the same as the first one, which the test looked at. */
    private static void closeUnlessClosed(ApiKeyManager manager) {
        try {
            manager.permissionRepair();
        } catch (IllegalStateException closed) {
            return;
        }
        manager.close();
    }
}
