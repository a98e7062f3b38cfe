package dev.apikeys.verify.planted;

import java.util.concurrent.BlockingDeque;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.TransferQueue;
import org.jspecify.annotations.Nullable;

/** Breaks: L7 only four methods wait, with a bound; each method in a way of its own. */
public final class WaitsInOtherWays {
    public Object get(Future<?> future) throws InterruptedException, ExecutionException, TimeoutException {
        return future.get(1, TimeUnit.SECONDS);
    }

    public @Nullable String pollFirst(BlockingDeque<String> deque) throws InterruptedException {
        return deque.pollFirst(1, TimeUnit.SECONDS);
    }

    public @Nullable String pollLast(BlockingDeque<String> deque) throws InterruptedException {
        return deque.pollLast(1, TimeUnit.SECONDS);
    }

    public @Nullable Future<String> pollCompleted(CompletionService<String> service) throws InterruptedException {
        return service.poll(1, TimeUnit.SECONDS);
    }

    public boolean offer(BlockingQueue<String> queue) throws InterruptedException {
        return queue.offer("planted", 1, TimeUnit.SECONDS);
    }

    public boolean offerFirst(BlockingDeque<String> deque) throws InterruptedException {
        return deque.offerFirst("planted", 1, TimeUnit.SECONDS);
    }

    public boolean offerLast(BlockingDeque<String> deque) throws InterruptedException {
        return deque.offerLast("planted", 1, TimeUnit.SECONDS);
    }

    public boolean tryTransfer(TransferQueue<String> queue) throws InterruptedException {
        return queue.tryTransfer("planted", 1, TimeUnit.SECONDS);
    }
}
