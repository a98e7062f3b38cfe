package dev.apikeys;

import static dev.apikeys.Service.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.Verification.Code;
import dev.apikeys.Verification.Verified;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Random programs through outages that begin and end, in which rows are poisoned and loads call the manager back: whatever
 * happens, a verification is answered in time and by the rules, and after the outage all is as it was.
 */
class OutageProperties {
    private static final int STEPS = 60;
    private static final Duration MAX_AGE = Duration.ofSeconds(5);

    /** Longer than a wait, whatever else runs on this machine; what hangs is let go much earlier. */
    private static final Duration IN_TIME = Duration.ofSeconds(30);

    @Property(tries = 25)
    void noOutageLetsAnyoneInOrKeepsAnyoneWaiting(@ForAll Random random) throws Exception {
        Program program = new Program(random, null, Duration.ZERO);
        program.run();
    }

    @Property(tries = 8)
    void norWithATimeout(@ForAll Random random) throws Exception {
        Program program = new Program(random, Duration.ofMillis(50), Duration.ZERO);
        program.run();
    }

    @Property(tries = 15)
    void norWithRecordsPastTheirAge(@ForAll Random random) throws Exception {
        Program program =
                new Program(random, random.nextBoolean() ? Duration.ofMillis(50) : null, Duration.ofSeconds(20));
        program.run();
    }

    /** A key, and what is known of it. */
    private static final class Key {
        final KeyId id;
        final String secret;
        final Proof proof;

        /** When it was revoked here or there, by the ticker; set when the call has returned. */
        final AtomicLong revokedHere = new AtomicLong(Long.MAX_VALUE);

        final AtomicLong revokedThere = new AtomicLong(Long.MAX_VALUE);
        volatile boolean mayBeRevoked;

        Key(CreatedKey created, Proof proof) {
            this.id = created.id();
            this.secret = created.secret().reveal();
            this.proof = proof;
        }
    }

    private static final class Program {
        private enum Weather {
            FAIR,
            DOWN,
            HANGING,
            MIXED
        }

        private final Service service = new Service();
        private final FaultyFinds finds = new FaultyFinds(service.store);
        private final Random random;
        private final boolean isTimed;
        private final Duration stale;
        private final ApiKeyManager keys;
        private final ApiKeyManager elsewhere = service.start();
        private final List<Key> all = new ArrayList<>();
        private final List<String> absent = new ArrayList<>();
        private final Set<String> poisoned = ConcurrentHashMap.newKeySet();
        private final Queue<Throwable> wrong = new ConcurrentLinkedQueue<>();
        private final AtomicInteger depth = new AtomicInteger();
        private volatile Weather weather = Weather.FAIR;
        private volatile CountDownLatch change = new CountDownLatch(1);

        Program(Random random, Duration timeout, Duration stale) {
            this.random = random;
            this.isTimed = timeout != null;
            this.stale = stale;
            ApiKeys.Builder builder = ApiKeys.builder(finds.store())
                    .clock(service.time)
                    .cacheMaxAge(MAX_AGE)
                    .staleOnOutage(stale);
            builder.ticker = service.time;
            builder.maintainsItself = false;
            if (timeout != null) {
                builder.operationTimeout(timeout);
            }
            keys = service.start(builder);
            for (int i = 0; i < 6; i++) {
                CreatedKey created = elsewhere.create(spec());
                Verified verified = (Verified) elsewhere.verify(created.secret().reveal());
                all.add(new Key(created, verified.proof()));
            }
            for (int i = 0; i < 2; i++) {
                CreatedKey created = elsewhere.create(spec());
                elsewhere.delete(created.id());
                absent.add(created.secret().reveal());
            }
            finds.ofAll(this::find);
        }

        void run() throws Exception {
            try {
                List<Thread> threads = new ArrayList<>();
                int count = 2 + random.nextInt(7);
                CountDownLatch left = new CountDownLatch(count);
                for (int i = 0; i < count; i++) {
                    Random own = new Random(random.nextLong());
                    Thread thread = new Thread(() -> steps(own, left), "random program");
                    thread.setDaemon(true);
                    threads.add(thread);
                    thread.start();
                }
                long since = System.nanoTime();
                while (!left.await(2, TimeUnit.MILLISECONDS)) {
                    turn();
                    assertThat(Duration.ofNanos(System.nanoTime() - since))
                            .as("all are back")
                            .isLessThan(IN_TIME.multipliedBy(2));
                }
                assertThat(wrong).isEmpty();
                requireAllIsAsItWas();
            } finally {
                weather = Weather.FAIR;
                change.countDown();
                service.close();
            }
        }

        /** The weather turns, and lets go what hangs. */
        private void turn() {
            weather = Weather.values()[random.nextInt(Weather.values().length)];
            CountDownLatch before = change;
            change = new CountDownLatch(1);
            before.countDown();
            if (random.nextInt(3) == 0) {
                service.time.pass(Duration.ofMillis(random.nextInt(3_000)));
            }
            if (random.nextInt(4) == 0) {
                poisoned.clear();
                poisoned.add(all.get(random.nextInt(all.size())).id.value());
            }
        }

        private KeyRow find(String id, Supplier<KeyRow> sound) {
            CountDownLatch next = change;
            Random dice = new Random(
                    System.identityHashCode(next) ^ Thread.currentThread().getId() ^ id.hashCode());
            KeyRow row = sound.get();
            switch (weather) {
                case FAIR -> {}
                case DOWN -> throw new StorageException("down", null);
                case HANGING -> await(next);
                case MIXED -> misbehave(dice, next);
            }
            if (weather != Weather.FAIR && poisoned.contains(id)) {
                return service.store.row(
                        all.get(0).id.value().equals(id)
                                ? all.get(1).id.value()
                                : all.get(0).id.value());
            }
            return row;
        }

        private void misbehave(Random dice, CountDownLatch next) {
            switch (dice.nextInt(6)) {
                case 0 -> await(next);
                case 1 -> throw new StorageException("interrupted", new InterruptedException());
                case 2 -> throw new AssertionError("a store may throw anything");
                case 3 -> callBack(dice);
                default -> {}
            }
        }

        private void callBack(Random dice) {
            if (depth.incrementAndGet() <= 8) {
                verify(all.get(dice.nextInt(all.size())), false);
            }
            depth.decrementAndGet();
        }

        private static void await(CountDownLatch latch) {
            try {
                assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError("nobody may interrupt a host call", e);
            }
        }

        private void steps(Random own, CountDownLatch left) {
            try {
                for (int i = 0; i < STEPS; i++) {
                    step(own);
                }
            } catch (Throwable e) {
                wrong.add(e);
            } finally {
                left.countDown();
            }
        }

        private void step(Random own) {
            Key key = all.get(own.nextInt(all.size()));
            switch (own.nextInt(40)) {
                case 0 -> revoke(keys, key, key.revokedHere);
                case 1 -> revoke(elsewhere, key, key.revokedThere);
                case 2, 3, 4 -> {
                    Code code =
                            keys.verify(absent.get(own.nextInt(absent.size()))).code();
                    assertThat(code).isIn(Code.UNKNOWN, Code.STORE_UNAVAILABLE);
                }
                case 5, 6, 7, 8, 9 -> verify(key, true);
                default -> verify(key, false);
            }
        }

        private void revoke(ApiKeyManager manager, Key key, AtomicLong revoked) {
            key.mayBeRevoked = true;
            try {
                manager.revoke(key.id, "leaked");
                revoked.accumulateAndGet(service.time.getAsLong(), Math::min);
            } catch (StorageException e) {
                // Whether it is revoked is not known.
            }
        }

        private void verify(Key key, boolean byProof) {
            long now = service.time.getAsLong();
            boolean revokedHere = key.revokedHere.get() != Long.MAX_VALUE;
            long there = key.revokedThere.get();
            boolean revokedThere = there != Long.MAX_VALUE
                    && now - there >= MAX_AGE.plus(stale).toNanos();
            long since = System.nanoTime();

            Code code = (byProof ? keys.authorize(key.proof, VerificationRequest.forProof()) : keys.verify(key.secret))
                    .code();

            assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(IN_TIME);
            assertThat(code).isIn(Code.VALID, Code.REVOKED, Code.STORE_UNAVAILABLE);
            if (revokedHere || revokedThere) {
                assertThat(code).as("after its revocation").isNotEqualTo(Code.VALID);
            }
            if (code == Code.REVOKED) {
                assertThat(key.mayBeRevoked).isTrue();
            }
        }

        /** After at most eight probes that hung, whose pauses are half a minute, one finds out; and then each key is found. */
        private void requireAllIsAsItWas() {
            weather = Weather.FAIR;
            change.countDown();
            await(() -> keys.stats().hostCalls() == 0);
            service.time.pass(Duration.ofMinutes(1));
            keys.verify(all.get(0).secret);
            for (Key key : all) {
                boolean revoked = service.store.row(key.id.value()).revokedAt() != null;
                require(revoked ? Code.REVOKED : Code.VALID, key.secret);
            }
            int asked = finds.asked();
            for (Key key : all) {
                assertThat(keys.verify(key.secret).code()).isNotEqualTo(Code.STORE_UNAVAILABLE);
            }
            assertThat(finds.asked()).as("all are cached").isEqualTo(asked);
            for (String secret : absent) {
                require(Code.UNKNOWN, secret);
            }
        }

        /** With a timeout so short a sound store may be too slow on a busy machine, and is asked again. */
        private void require(Code code, String secret) {
            if (isTimed) {
                await(() -> {
                    service.time.pass(Duration.ofMillis(1));
                    return keys.verify(secret).code() == code;
                });
            } else {
                assertThat(keys.verify(secret).code()).isEqualTo(code);
            }
        }

        private static void await(Callable<Boolean> condition) {
            Service.eventually().until(condition);
        }
    }
}
