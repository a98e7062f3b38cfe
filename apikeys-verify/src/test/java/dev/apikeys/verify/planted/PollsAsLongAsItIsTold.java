package dev.apikeys.verify.planted;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Breaks: L7 only four methods wait, with a bound. */
public final class PollsAsLongAsItIsTold {
    public @Nullable String next(BlockingQueue<String> queue, long seconds) throws InterruptedException {
        return queue.poll(seconds, TimeUnit.SECONDS);
    }
}
