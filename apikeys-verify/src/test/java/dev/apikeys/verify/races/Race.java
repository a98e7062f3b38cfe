package dev.apikeys.verify.races;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Runs one race round after round, until each of its outcomes was seen so many times. A round counts only if its first
 * side and another one were under way at the same time. If an outcome is not seen often enough the race fails: then it
 * was none. The seed decides how long each side hesitates and what the rounds draw; how the threads meet is chance. The
 * system property {@code apikeys.verify.seed} sets it. For one thread.
 */
final class Race<O extends Enum<O>> {
    private static final long BOUND_SECONDS = 30;

    /** Plays the race once, judges what is so afterwards, and says how it went; null if that counts for nothing. */
    interface Round<O> {
        @Nullable O play(Start start) throws Exception;
    }

    /** What two sides answered. */
    record Both<A, B>(A one, B other) {}

    private final Class<O> outcomes;
    private final int times;
    private final int rounds;
    private final int hesitationBits;

    /** A side hesitates for less than 2 to the power of {@code hesitationBits} nanoseconds. */
    Race(Class<O> outcomes, int times, int rounds, int hesitationBits) {
        this.outcomes = outcomes;
        this.times = times;
        this.rounds = rounds;
        this.hesitationBits = hesitationBits;
    }

    static Random random() {
        return random(Long.getLong("apikeys.verify.seed", new Random().nextInt()));
    }

    static Random random(long seed) {
        return new Seeded(seed);
    }

    /** A random that can say how to make it again. */
    private static final class Seeded extends Random {
        private static final long serialVersionUID = 1;
        private final long seed;

        Seeded(long seed) {
            super(seed);
            this.seed = seed;
        }

        @Override
        public String toString() {
            return "-Dapikeys.verify.seed=" + seed;
        }
    }

    void run(Random random, Round<O> round) {
        Map<O, Integer> seen = new EnumMap<>(outcomes);
        int played = 0;
        try (Start start = new Start(random, hesitationBits)) {
            while (rarest(seen) < times) {
                if (played++ == rounds) {
                    throw new AssertionError(
                            "no race: within " + rounds + " rounds each outcome was to be seen " + times + " times");
                }
                start.met = false;
                @Nullable O outcome = round.play(start);
                if (start.met && outcome != null) {
                    seen.merge(outcome, 1, Integer::sum);
                }
            }
        } catch (Throwable e) {
            throw new AssertionError(
                    "Round " + played + " of " + random + ", seen before: " + seen + ": " + e.getMessage(), e);
        }
        System.out.println(outcomes.getName() + ": " + seen + " in " + played + " rounds of " + random);
    }

    private int rarest(Map<O, Integer> seen) {
        int rarest = Integer.MAX_VALUE;
        for (O outcome : outcomes.getEnumConstants()) {
            rarest = Math.min(rarest, seen.getOrDefault(outcome, 0));
        }
        return rarest;
    }

    /** Lets the sides of a round go at once. */
    static final class Start implements AutoCloseable {
        private final ExecutorService threads = Executors.newCachedThreadPool();
        private final Random random;
        private final int hesitationBits;
        private boolean met;

        private Start(Random random, int hesitationBits) {
            this.random = random;
            this.hesitationBits = hesitationBits;
        }

        boolean coin() {
            return random.nextBoolean();
        }

        <A, B> Both<A, B> both(Callable<A> one, Callable<B> other) throws Exception {
            FutureTask<A> first = new FutureTask<>(one);
            FutureTask<B> second = new FutureTask<>(other);
            go(List.of(first, second));
            return new Both<>(answer(first), answer(second));
        }

        <T> List<T> all(List<Callable<T>> sides) throws Exception {
            List<FutureTask<T>> tasks = sides.stream().map(FutureTask::new).toList();
            go(tasks);
            return answers(tasks);
        }

        private void go(List<? extends Runnable> sides) throws Exception {
            AtomicInteger missing = new AtomicInteger(sides.size());
            List<FutureTask<Lap>> running = new ArrayList<>();
            for (Runnable side : sides) {
                long hesitation = Pauses.draw(random, hesitationBits);
                FutureTask<Lap> lap = new FutureTask<>(() -> lap(missing, hesitation, side));
                running.add(lap);
                threads.execute(lap);
            }
            List<Lap> laps = answers(running);
            met = laps.stream().skip(1).anyMatch(laps.get(0)::meets);
        }

        /** When a side was under way, in nanoseconds. */
        private record Lap(long began, long ended) {
            boolean meets(Lap other) {
                return began - other.ended < 0 && other.began - ended < 0;
            }
        }

        private static Lap lap(AtomicInteger missing, long hesitation, Runnable side) {
            long bound = System.nanoTime() + TimeUnit.SECONDS.toNanos(BOUND_SECONDS);
            missing.decrementAndGet();
            while (missing.get() > 0 && System.nanoTime() - bound < 0) {
                Thread.yield();
            }
            Pauses.spin(hesitation);
            long began = System.nanoTime();
            side.run();
            return new Lap(began, System.nanoTime());
        }

        private static <T> List<T> answers(List<FutureTask<T>> tasks) throws Exception {
            List<T> answers = new ArrayList<>();
            for (FutureTask<T> task : tasks) {
                answers.add(answer(task));
            }
            return answers;
        }

        private static <T> T answer(FutureTask<T> task) throws Exception {
            try {
                return task.get(BOUND_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof Error error) {
                    throw error;
                }
                throw e.getCause() instanceof Exception exception ? exception : e;
            } catch (TimeoutException e) {
                throw new AssertionError("a side hangs; all threads: " + stacks(), e);
            }
        }

        private static String stacks() {
            StringBuilder text = new StringBuilder();
            Thread.getAllStackTraces().forEach((thread, frames) -> {
                text.append("\n  ").append(thread);
                for (StackTraceElement frame : frames) {
                    text.append("\n      at ").append(frame);
                }
            });
            return text.toString();
        }

        @Override
        public void close() {
            threads.shutdownNow();
        }
    }
}
