package dev.apikeys.verify.planted;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.RecursiveTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Breaks: L7 every wait has a bound; each method waits for the common pool or another. */
public final class GoesParallel {
    public long count(List<String> names) {
        return names.parallelStream().filter(String::isEmpty).count();
    }

    public IntStream parallel(IntStream numbers) {
        return numbers.parallel();
    }

    public Stream<String> stream(List<String> names) {
        return StreamSupport.stream(names.spliterator(), true);
    }

    public void parallelPrefix(int[] numbers) {
        Arrays.parallelPrefix(numbers, Integer::sum);
    }

    public void parallelSetAll(int[] numbers) {
        Arrays.parallelSetAll(numbers, index -> index);
    }

    public void parallelSort(int[] numbers) {
        Arrays.parallelSort(numbers);
    }

    public String join(ForkJoinTask<String> task) {
        return task.join();
    }

    public String invoke(RecursiveTask<String> task) {
        return task.invoke();
    }

    public void invokeAll(RecursiveTask<String> one, RecursiveTask<String> other) {
        ForkJoinTask.invokeAll(one, other);
    }

    public String invokeIn(ForkJoinPool pool, RecursiveTask<String> task) {
        return pool.invoke(task);
    }

    public boolean awaitQuiescence(ForkJoinPool pool) {
        return pool.awaitQuiescence(1, TimeUnit.SECONDS);
    }
}
