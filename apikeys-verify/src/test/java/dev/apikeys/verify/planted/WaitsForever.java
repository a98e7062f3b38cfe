package dev.apikeys.verify.planted;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.List;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TransferQueue;

/** Breaks: L7 every wait has a bound; each method in a way of its own. */
public final class WaitsForever {
    /** As in the Java of a later release. */
    interface Closing extends ExecutorService {
        void close();
    }

    public Object join(CompletableFuture<?> future) {
        return future.join();
    }

    public String take(BlockingQueue<String> queue) throws InterruptedException {
        return queue.take();
    }

    public void put(BlockingQueue<String> queue) throws InterruptedException {
        queue.put("planted");
    }

    public String takeFirst(BlockingDeque<String> deque) throws InterruptedException {
        return deque.takeFirst();
    }

    public String takeLast(BlockingDeque<String> deque) throws InterruptedException {
        return deque.takeLast();
    }

    public void putFirst(BlockingDeque<String> deque) throws InterruptedException {
        deque.putFirst("planted");
    }

    public void putLast(BlockingDeque<String> deque) throws InterruptedException {
        deque.putLast("planted");
    }

    public void transfer(TransferQueue<String> queue) throws InterruptedException {
        queue.transfer("planted");
    }

    public String invokeAny(ExecutorService pool, List<Callable<String>> tasks)
            throws InterruptedException, ExecutionException {
        return pool.invokeAny(tasks);
    }

    public void close(Closing pool) {
        pool.close();
    }

    public Future<String> takeCompleted(CompletionService<String> service) throws InterruptedException {
        return service.take();
    }

    public int waitFor(Process process) throws InterruptedException {
        return process.waitFor();
    }

    public Reference<?> remove(ReferenceQueue<?> queue) throws InterruptedException {
        return queue.remove();
    }

    public Reference<?> removeWithin(ReferenceQueue<?> queue, long millis) throws InterruptedException {
        return queue.remove(millis);
    }

    public void timedJoin(Thread thread, long seconds) throws InterruptedException {
        TimeUnit.SECONDS.timedJoin(thread, seconds);
    }
}
