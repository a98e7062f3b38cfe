package dev.apikeys.internal.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.apikeys.spi.UsageBatch.Delta;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** No use is lost and none is counted twice, whoever counts and flushes at once and however often the sink fails. */
class UsageMeterProperties {

    /** How a meter is used here, so that a twin can count it wrong. One thread at a time flushes. */
    interface Meter {
        void add(String id, long uses, long at);

        void flush(Consumer<List<Delta>> sink);

        static Meter sound() {
            UsageMeter meter = new UsageMeter();
            return new Meter() {
                @Override
                public void add(String id, long uses, long at) {
                    meter.add(id, uses, at);
                }

                @Override
                public void flush(Consumer<List<Delta>> sink) {
                    UsageMeterProperties.flush(meter, sink);
                }
            };
        }
    }

    /** Gives what was counted to a sink, delta by delta; what it does not take is counted again. */
    private static void flush(UsageMeter meter, Consumer<List<Delta>> sink) {
        RuntimeException failure = null;
        for (Delta delta : meter.take(id -> true).values()) {
            try {
                sink.accept(List.of(delta));
                meter.written(delta);
            } catch (IllegalStateException notTaken) {
                failure = notTaken;
                meter.giveBack(delta);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static class Cell {
        final AtomicLong count = new AtomicLong();
        final AtomicLong last = new AtomicLong();

        void add(long uses, long at) {
            last.accumulateAndGet(at, Math::max);
            count.addAndGet(uses);
        }
    }

    /** Lets others run now and then where a twin is vulnerable, so that a short run shows it. */
    private static void dawdle(long at) {
        if (at % 64 == 0) {
            LockSupport.parkNanos(1_000);
        }
    }

    /** Broken: the flusher takes the cell away, and who has just found it counts where nobody looks any more. */
    private static final class RemoveThenLose implements Meter {
        private final ConcurrentHashMap<String, Cell> cells = new ConcurrentHashMap<>();

        @Override
        public void add(String id, long uses, long at) {
            Cell cell = cells.get(id);
            if (cell == null) {
                Cell fresh = new Cell();
                Cell present = cells.putIfAbsent(id, fresh);
                cell = present == null ? fresh : present;
            }
            dawdle(at);
            cell.add(uses, at);
        }

        @Override
        public void flush(Consumer<List<Delta>> sink) {
            for (Map.Entry<String, Cell> entry : cells.entrySet()) {
                if (cells.remove(entry.getKey(), entry.getValue())) {
                    give(
                            sink,
                            entry.getKey(),
                            entry.getValue().count.get(),
                            entry.getValue().last.get());
                }
            }
        }

        private void give(Consumer<List<Delta>> sink, String id, long uses, long at) {
            if (uses > 0) {
                try {
                    sink.accept(List.of(new Delta(id, uses, at)));
                } catch (IllegalStateException failed) {
                    add(id, uses, at);
                }
            }
        }
    }

    /** Takes whole chunks or none; fails when it is told to. */
    private static final class Sink implements Consumer<List<Delta>> {
        final ConcurrentHashMap<String, Cell> written = new ConcurrentHashMap<>();
        final List<List<Delta>> chunks = new ArrayList<>();

        @Override
        public synchronized void accept(List<Delta> chunk) {
            chunks.add(List.copyOf(chunk));
            for (Delta delta : chunk) {
                written.computeIfAbsent(delta.keyId(), id -> new Cell()).add(delta.count(), delta.lastUsedAt());
            }
        }

        Consumer<List<Delta>> failing(Random random) {
            return chunk -> {
                if (random.nextInt(3) == 0) {
                    throw new IllegalStateException("the store is down");
                }
                accept(chunk);
            };
        }

        Map<String, Long> counts() {
            Map<String, Long> counts = new HashMap<>();
            written.forEach((id, cell) -> counts.put(id, cell.count.get()));
            return counts;
        }
    }

    /**
     * A hundred times six ids of one hash code: they share a bin of the map, in which a traversal meets an id twice if it
     * was removed behind it and came back before it. So many that a flush often finds one unused.
     */
    private static final List<String> IDS = IntStream.range(0, 100)
            .boxed()
            .flatMap(i -> Stream.of("AaAaAa", "AaAaBB", "AaBBAa", "BBAaAa", "AaBBBB", "BBBBAa")
                    .map(end -> "ak_" + (char) ('a' + i / 10) + (char) ('a' + i % 10) + end))
            .toList();

    record Use(int key, int uses, int at, boolean flush, boolean fails) {}

    @Property(tries = 300)
    void whatIsWrittenAndWhatIsPendingIsWhatWasCounted(
            @ForAll @Size(max = 60) List<@IntRange(max = 9_999) Integer> steps) {
        UsageMeter meter = new UsageMeter();
        Sink sink = new Sink();
        Map<String, Long> counted = new HashMap<>();
        Map<String, Long> last = new HashMap<>();
        for (int step : steps) {
            Use use = new Use(step % 5, step / 5 % 4 + 1, step / 20 % 50, step % 7 == 0, step % 3 == 0);
            String id = IDS.get(use.key());
            meter.add(id, use.uses(), use.at());
            counted.merge(id, (long) use.uses(), Long::sum);
            last.merge(id, (long) use.at(), Math::max);
            if (use.flush() && use.fails()) {
                assertThatThrownBy(() -> flush(meter, chunk -> {
                            throw new IllegalStateException("down");
                        }))
                        .hasMessage("down");
            } else if (use.flush()) {
                flush(meter, sink);
                assertThat(meter.pending()).isZero();
                assertThat(sink.counts()).isEqualTo(counted);
                last.forEach((key, at) ->
                        assertThat(sink.written.get(key).last.get()).isEqualTo(at));
            }
            assertThat(meter.pending() + sum(sink.counts())).isEqualTo(sum(counted));
        }
    }

    @Example
    void whatIsTakenIsInOrderOfIds() {
        UsageMeter meter = new UsageMeter();
        for (int i = 1_199; i >= 0; i--) {
            meter.add(String.format(Locale.ROOT, "ak_%04d", i), 2, i);
        }

        assertThat(meter.take(id -> !id.endsWith("7")).values())
                .hasSize(1_080)
                .allMatch(delta -> delta.count() == 2)
                .extracting(Delta::keyId)
                .isSorted();
        assertThat(meter.pending()).isEqualTo(2_400);
    }

    @Example
    void aUseThatIsNotCountedMovesTheLastUse() {
        UsageMeter meter = new UsageMeter();
        meter.add("ak_1", 0, 7);
        meter.add("ak_1", 0, 5);
        meter.add("ak_2", 3, 1);
        meter.add("ak_2", 0, 2);
        assertThat(meter.holds("ak_1")).isTrue();
        assertThat(meter.pending()).isEqualTo(3);

        assertThat(meter.take(id -> true).values()).containsExactly(new Delta("ak_1", 0, 7), new Delta("ak_2", 3, 2));
    }

    /** I4: what is not used any more takes no room after the second flush. */
    @Example
    void keysThatAreNotUsedAreForgotten() {
        UsageMeter meter = new UsageMeter();
        Sink sink = new Sink();
        meter.add("ak_1", 1, 1);

        flush(meter, sink);
        flush(meter, sink);
        flush(meter, sink);
        meter.add("ak_1", 1, 2);
        flush(meter, sink);

        assertThat(sink.counts()).containsExactly(Map.entry("ak_1", 2L));
        assertThat(sink.chunks).hasSize(2);
    }

    @Example
    void whoCountsWhileTheSinkIsCalledIsCountedOnce() {
        UsageMeter meter = new UsageMeter();
        Sink sink = new Sink();
        meter.add("ak_1", 1, 1);

        flush(meter, chunk -> {
            meter.add("ak_1", 10, 2);
            assertThat(meter.pending()).isEqualTo(11);
            assertThat(meter.take(id -> true)).as("in the hands of this flush").isEmpty();
            sink.accept(chunk);
        });
        flush(meter, sink);

        assertThat(sink.counts()).containsExactly(Map.entry("ak_1", 11L));
    }

    /** With {@code -Dapikeys.stress=100} a hundred times as long. */
    @Example
    void fourWritersAndAFlusherLoseNothingToASinkThatFailsOneTimeInThree() throws Exception {
        long seed = System.nanoTime();
        System.out.println("UsageMeterProperties stress, seed " + seed);
        for (int round = 0; round < Integer.getInteger("apikeys.stress", 1); round++) {
            assertThat(lost(Meter::sound, 100_000, seed + round))
                    .as("seed " + (seed + round))
                    .isZero();
        }
    }

    @Example
    void theSameWritersLoseToAFlusherThatTakesCellsAway() throws Exception {
        assertThat(lostInTheEnd(RemoveThenLose::new)).isPositive();
    }

    private static long lostInTheEnd(Supplier<Meter> meters) throws Exception {
        for (int round = 0; round < 200; round++) {
            long lost = lost(meters, 5_000, round);
            if (lost != 0) {
                return lost;
            }
        }
        return 0;
    }

    /** How many uses are missing after so many of each of four writers; also checks that times only rise. */
    private static long lost(Supplier<Meter> meters, int uses, long seed) throws Exception {
        Meter meter = meters.get();
        Sink sink = new Sink();
        ExecutorService threads = Executors.newFixedThreadPool(5);
        CyclicBarrier start = new CyclicBarrier(5);
        AtomicInteger writing = new AtomicInteger(4);
        List<Future<?>> all = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                Random random = new Random(seed * 31 + i);
                all.add(threads.submit(() -> {
                    start.await();
                    for (int n = 1; n <= uses; n++) {
                        meter.add(IDS.get(random.nextInt(IDS.size())), 1, n);
                    }
                    writing.decrementAndGet();
                    return null;
                }));
            }
            Consumer<List<Delta>> failing = sink.failing(new Random(seed * 31 + 10));
            all.add(threads.submit(() -> {
                start.await();
                while (writing.get() > 0) {
                    flush(meter, failing);
                }
                return null;
            }));
            for (Future<?> each : all) {
                each.get(2, TimeUnit.MINUTES);
            }
        } finally {
            threads.shutdownNow();
        }
        meter.flush(sink);
        return 4L * uses - sum(sink.counts());
    }

    private static void flush(Meter meter, Consumer<List<Delta>> failing) {
        try {
            meter.flush(failing);
        } catch (IllegalStateException down) {
            // Counted again by the meter.
        }
    }

    private static long sum(Map<String, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }
}
