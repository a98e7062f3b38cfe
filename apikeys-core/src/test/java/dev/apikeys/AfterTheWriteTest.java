package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static dev.apikeys.Service.eventually;
import static dev.apikeys.Service.specWithHandOff;
import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.ClaimResult.Claimed;
import dev.apikeys.Verification.Code;
import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.spi.TempKeyStore.Sweep;
import dev.apikeys.spi.TempRow;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Once a change is written its result reaches the caller, whatever is thrown by what comes after, an Error too. */
class AfterTheWriteTest {
    private final Service service = new Service();

    @AfterEach
    void close() {
        service.close();
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                        new OutOfMemoryError("planted"),
                        new InternalError("planted"),
                        new StackOverflowError("planted"),
                        new NoClassDefFoundError("planted"),
                        new AssertionError("planted"),
                        new IllegalStateException("planted"))
                .flatMap(failure -> Stream.of(Arguments.of(failure, false), Arguments.of(failure, true)));
    }

    private ApiKeyManager start(Throwable failure, boolean bounded) {
        Runnable thrower = () -> AfterTheWriteTest.<RuntimeException>sneak(failure);
        service.temp.hooks.before("discard", thrower);
        service.temp.hooks.before("remove", thrower);
        ApiKeys.Builder builder = service.builderTelling(event -> thrower.run())
                .operationListener((operation, step, outcome, nanos) -> thrower.run());
        return service.start(bounded ? builder.operationTimeout(Duration.ofSeconds(10)) : builder);
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void sneak(Throwable failure) throws E {
        throw (E) failure;
    }

    @ParameterizedTest
    @MethodSource("failures")
    void noSecretIsLost(Throwable failure, boolean bounded) {
        ApiKeyManager keys = start(failure, bounded);

        CreatedKey created = keys.create(specWithHandOff());
        assertCode(keys.verify(created.secret().reveal()), Code.VALID);
        CreatedKey successor = keys.rotate(
                created.id(), Rotation.withGrace(Duration.ofHours(1)).handOff(Duration.ofMinutes(5)));
        assertCode(keys.verify(successor.secret().reveal()), Code.VALID);
        for (CreatedKey each : keys.createAll(List.of(specWithHandOff(), specWithHandOff()))) {
            assertCode(keys.verify(each.secret().reveal()), Code.VALID);
        }

        ClaimResult claimed =
                keys.vault().claim(successor.handOff().orElseThrow().ticket().reveal());

        assertThat(claimed).isInstanceOf(Claimed.class);
        assertCode(keys.verify(claimed.claimedSecret().orElseThrow().reveal()), Code.VALID);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noSecretIsLostIfTheHostsClocksFail(boolean bounded) {
        AtomicBoolean fails = new AtomicBoolean();
        CreatedKey ended = service.start().create(specWithHandOff());
        TempRow row = service.temp.waiting().get(0);
        ApiKeys.Builder builder = service.builder().operationListener((operation, step, outcome, nanos) -> {});
        builder.ticker = () -> unless(fails, service.time.getAsLong());
        builder.clock = () -> Instant.ofEpochMilli(unless(fails, service.time.millis()));
        builder.tempStore = FaultyAnswers.of(service.temp, "insert", arguments -> {
            service.temp.insert(List.of((TempRow) ((List<?>) arguments[0]).get(0)));
            return new Sweep(List.of(row.ended()), 0, 0, Rest.NONE);
        });
        ApiKeyManager keys = service.start(bounded ? builder.operationTimeout(Duration.ofSeconds(10)) : builder);
        service.store.hooks.after("write", () -> fails.set(true));
        service.temp.hooks.after("settle", () -> fails.set(true));

        CreatedKey created = keys.create(specWithHandOff());
        fails.set(false);
        CreatedKey successor = keys.rotate(created.id(), Rotation.immediate().handOff(Duration.ofMinutes(5)));
        fails.set(false);
        ClaimResult claimed =
                keys.vault().claim(successor.handOff().orElseThrow().ticket().reveal());
        fails.set(false);

        assertThat(claimed).isInstanceOf(Claimed.class);
        assertCode(keys.verify(successor.secret().reveal()), Code.VALID);
        service.temp.hooks.after("insert", () -> fails.set(true));
        service.store.hooks.clear();
        assertThat(keys.vault()
                        .put(ended.id(), ended.secret(), Duration.ofMinutes(1))
                        .keyId())
                .isEqualTo(ended.id());
        fails.set(false);
    }

    private static long unless(AtomicBoolean fails, long time) {
        if (fails.get()) {
            throw new IllegalStateException("planted");
        }
        return time;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsDoneIsSaidToBeDoneIfTheHostsClocksFail(boolean bounded) {
        AtomicBoolean fails = new AtomicBoolean();
        ApiKeys.Builder builder = service.builder().operationListener((operation, step, outcome, nanos) -> {});
        builder.ticker = () -> unless(fails, service.time.getAsLong());
        builder.clock = () -> Instant.ofEpochMilli(unless(fails, service.time.millis()));
        ApiKeyManager keys = service.start(bounded ? builder.operationTimeout(Duration.ofSeconds(10)) : builder);
        CreatedKey created = keys.create(specWithHandOff());
        KeyUpdate renamed = KeyUpdate.builder().name("renamed").build();
        service.store.hooks.after("write", () -> fails.set(true));

        assertThat(done(fails, () -> keys.createAll(List.of(specWithHandOff(), specWithHandOff()))))
                .hasSize(2);
        assertThat(done(fails, () -> keys.update(created.id(), renamed)).name()).isEqualTo("renamed");
        assertThat(done(fails, () -> keys.disable(created.id())).status()).isEqualTo(KeyStatus.DISABLED);
        assertThat(done(fails, () -> keys.enable(created.id())).status()).isEqualTo(KeyStatus.ACTIVE);
        assertThat(done(fails, () -> keys.revoke(created.id(), "leaked")).status())
                .isEqualTo(KeyStatus.REVOKED);
        assertThat(done(fails, () -> keys.delete(created.id()))).isTrue();
        assertThat(done(fails, () -> keys.delete(created.id()))).isFalse();
        service.store.rows().stream().skip(1).forEach(row -> service.store.remove(row.id()));
        assertThat(done(fails, () -> keys.revokeAll(KeyQuery.all(), "all"))).isOne();
        assertThat(service.store.rows())
                .singleElement()
                .satisfies(row -> assertThat(row.revokedAt()).isNotNull());
    }

    /** The result of a call whose write was the last moment at which the host's clocks told the time. */
    private static <T> T done(AtomicBoolean fails, Supplier<T> call) {
        T result = call.get();
        assertThat(fails).as("it was written").isTrue();
        fails.set(false);
        return result;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noSecretIsLostIfTheLogFails(boolean bounded) {
        service.temp.hooks.before("discard", Hooks.throwing(() -> new IllegalStateException("planted")));
        ApiKeys.Builder builder = service.builder();
        builder.listeners.clear(); // On a thread of its own: nobody's result depends on that one.
        ApiKeyManager keys = service.start(bounded ? builder.operationTimeout(Duration.ofSeconds(10)) : builder);
        PrintStream original = System.err;
        AtomicInteger lines = new AtomicInteger();
        System.setErr(new PrintStream(OutputStream.nullOutputStream(), true) {
            @Override
            public void println(String line) {
                lines.incrementAndGet();
                throw new InternalError("planted");
            }
        });
        try {
            CreatedKey created = keys.create(specWithHandOff());
            CreatedKey successor = keys.rotate(created.id(), Rotation.immediate());
            assertCode(keys.verify(successor.secret().reveal()), Code.VALID);
            assertThat(keys.revoke(successor.id(), "leaked").status()).isEqualTo(KeyStatus.REVOKED);
            eventually().until(() -> lines.get() > 0);
        } finally {
            System.setErr(original);
        }
    }

    @ParameterizedTest
    @MethodSource("failures")
    void whatIsDoneIsSaidToBeDone(Throwable failure, boolean bounded) {
        ApiKeyManager keys = start(failure, bounded);
        CreatedKey created = keys.create(specWithHandOff());

        assertThat(keys.disable(created.id()).status()).isEqualTo(KeyStatus.DISABLED);
        assertThat(keys.enable(created.id()).status()).isEqualTo(KeyStatus.ACTIVE);
        assertThat(keys.revoke(created.id(), "leaked").status()).isEqualTo(KeyStatus.REVOKED);
        assertCode(keys.verify(created.secret().reveal()), Code.REVOKED);
        assertThat(keys.revokeAll(KeyQuery.all(), "all")).isZero();
        keys.createAll(List.of(specWithHandOff(), specWithHandOff()));
        assertThat(keys.revokeAll(KeyQuery.all(), "all")).isEqualTo(2);
        assertThat(keys.delete(created.id())).isTrue();
        assertThat(keys.delete(created.id())).isFalse();
    }
}
