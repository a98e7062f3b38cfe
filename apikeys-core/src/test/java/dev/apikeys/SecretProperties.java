package dev.apikeys;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.apikeys.internal.crypto.TicketSeal;
import dev.apikeys.internal.gate.Gate;
import dev.apikeys.internal.gate.GatedTempStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** A secret shows its text to reveal alone, whole or not at all. */
class SecretProperties {
    private static final int ROUNDS = 1_000;

    @Property
    void itMatchesItsTextAndNoOther(@ForAll("texts") String text, @ForAll("texts") String other) {
        Secret secret = Secret.of(text);

        assertThat(secret.reveal()).isEqualTo(text);
        assertThat(secret.matches(text)).isTrue();
        assertThat(secret.matches(other)).isEqualTo(text.equals(other));
        assertThat(secret.matches(null)).isFalse();
        assertThat(secret.matches("")).isFalse();
    }

    @Property
    void neitherAPartNorAnExtensionNorAChangeMatches(
            @ForAll("texts") String text, @ForAll @IntRange(max = 200) int position) {
        Secret secret = Secret.of(text);
        int at = position % text.length();

        assertThat(secret.matches(text.substring(0, at))).isFalse();
        assertThat(secret.matches(text + text.charAt(at))).isFalse();
        assertThat(secret.matches(text.substring(0, at) + (char) (text.charAt(at) ^ 1) + text.substring(at + 1)))
                .isFalse();
    }

    @Property
    void itIsEqualToNoOtherAndShowsNothing(@ForAll("texts") String text) {
        Secret secret = Secret.of(text);

        assertThat(secret).isNotEqualTo(Secret.of(text)).hasToString("Secret[hidden]");
    }

    @Example
    void itIsGoneOnceItWasDestroyed() {
        byte[] text = {'a', 'b', 'c'};
        Secret secret = Secret.owning(text);

        secret.destroy();
        secret.destroy();

        assertThat(text).containsOnly(0);
        assertThatIllegalStateException().isThrownBy(secret::reveal);
        assertThatIllegalStateException().isThrownBy(() -> secret.matches("abc"));
        assertThatIllegalStateException().isThrownBy(secret::bytes);
        assertThatIllegalArgumentException().isThrownBy(() -> Secret.of(""));
    }

    /** Who is late gets an exception, and never a text of zeros or a comparison with one. */
    @Example
    void whoRevealsWhileItIsDestroyedGetsTheWholeTextOrAnException() throws Exception {
        String text = "sk_" + "x".repeat(60_000);
        String wiped = "\u0000".repeat(text.length());
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < ROUNDS; round++) {
                Secret secret = Secret.of(text);
                CyclicBarrier start = new CyclicBarrier(4);
                List<Future<Boolean>> outcomes = new ArrayList<>();
                outcomes.add(
                        threads.submit(() -> whole(start, () -> secret.reveal().equals(text))));
                outcomes.add(threads.submit(() -> whole(start, () -> secret.matches(text))));
                outcomes.add(threads.submit(() -> whole(start, () -> !secret.matches(wiped))));
                outcomes.add(threads.submit(() -> whole(start, () -> {
                    secret.destroy();
                    return true;
                })));
                for (Future<Boolean> outcome : outcomes) {
                    assertThat(outcome.get()).as("round " + round).isTrue();
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static boolean whole(CyclicBarrier start, Callable<Boolean> look) throws Exception {
        start.await();
        try {
            return look.call();
        } catch (IllegalStateException destroyed) {
            return true;
        }
    }

    @Example
    void whatIsSealedWhileItIsDestroyedIsTheWholeText() throws Exception {
        String text = "x".repeat(256);
        TicketSeal seal = new TicketSeal(new SecureRandom());
        HandOffs handOffs = new HandOffs(
                new GatedTempStore(new SimpleTempStore(), Gate.direct(System::nanoTime, null)),
                seal,
                new Emitter(List.of(), System::nanoTime),
                InstantSource.system(),
                System::nanoTime);
        KeyId id = KeyId.random();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            for (int round = 0; round < ROUNDS; round++) {
                Secret secret = Secret.of(text);
                CyclicBarrier start = new CyclicBarrier(2);
                Future<Boolean> sealed = threads.submit(() -> whole(start, () -> {
                    HandOffs.Sealed opaque = handOffs.seal(id, secret, Duration.ofMinutes(1), 0);
                    byte[] ticket = opaque.handOff().ticket().bytes();
                    byte[] opened = seal.open(
                            ticket,
                            id.value(),
                            opaque.row().deadline(),
                            opaque.row().sealed());
                    return new String(opened, US_ASCII).equals(text);
                }));
                threads.submit(() -> whole(start, () -> {
                    secret.destroy();
                    return true;
                }));
                assertThat(sealed.get()).as("round " + round).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.strings().withCharRange(' ', '\u024F').ofMinLength(1).ofMaxLength(100);
    }
}
