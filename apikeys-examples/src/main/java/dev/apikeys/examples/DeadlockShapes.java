package dev.apikeys.examples;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.KeyEvent;
import dev.apikeys.KeyId;
import dev.apikeys.KeySpec;
import dev.apikeys.Stall;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;

/**
 * Three more ways in which a store can hang, each with the report of the watch: a read lock that is upgraded to a write
 * lock, a bounded queue that is filled under the lock its consumer needs, and locks taken in two orders.
 *
 * <p>{@code mvn -q -Pincident -pl apikeys-examples -am compile}
 */
public final class DeadlockShapes {
    private static final Duration THRESHOLD = Duration.ofMillis(300);
    private static final KeySpec SPEC =
            KeySpec.builder("nightly backup").role("download_only").build();
    private static final Caller FINDER = new Caller("finder", keys -> keys.find(KeyId.random()));
    private static final Caller CREATOR = new Caller("creator", keys -> keys.create(SPEC));

    /** A thread of a service, with its request to the manager. */
    private record Caller(String name, Consumer<ApiKeyManager> request) {}

    /** The work of a store before a call. */
    @FunctionalInterface
    private interface Before {
        void call(String method) throws Exception;
    }

    private DeadlockShapes() {}

    /**
     * Prints the shapes. Threads that hang are daemons, so the JVM exits nevertheless.
     *
     * @param args none
     * @throws InterruptedException if it is interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        show(System.out);
    }

    static void show(PrintStream out) throws InterruptedException {
        show(out, "A. A read lock that asks for the write lock", upgrade(), FINDER);
        show(out, "B. A bounded queue filled under the lock its consumer needs", queueUnderLock(), CREATOR);
        show(out, "C. Two locks in two orders", lockOrder(), FINDER, CREATOR);
    }

    private static void show(PrintStream out, String title, ApiKeyStore store, Caller... hanging)
            throws InterruptedException {
        CountDownLatch told = new CountDownLatch(hanging.length);
        ApiKeyManager keys = ApiKeys.builder(store)
                .stallThreshold(THRESHOLD)
                .listener(event -> {
                    if (event.type() == KeyEvent.Type.STALLED) {
                        told.countDown();
                    }
                })
                .build();
        for (Caller caller : hanging) {
            start(caller.name(), () -> caller.request().accept(keys));
        }
        if (!told.await(30, TimeUnit.SECONDS)) {
            throw new IllegalStateException("The watch did not name what hangs in: " + title);
        }
        out.println(title);
        keys.stalls().stream()
                .sorted(Comparator.comparing(Stall::thread))
                .forEach(stall -> out.println("   stall   operation " + stall.operation() + ", step " + stall.step()
                        + ", thread " + stall.thread()));
        out.println("   the JVM's own search for deadlocks finds " + deadlocked());
        out.println();
    }

    private static String deadlocked() {
        long[] found = ManagementFactory.getThreadMXBean().findDeadlockedThreads();
        return found == null ? "nothing" : found.length + " threads";
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static ApiKeyStore lockOrder() {
        ReentrantLock a = new ReentrantLock();
        ReentrantLock b = new ReentrantLock();
        CountDownLatch bothHoldOne = new CountDownLatch(2);
        return store(method -> {
            boolean finds = method.equals("find");
            lock(finds ? a : b);
            bothHoldOne.countDown();
            bothHoldOne.await();
            lock(finds ? b : a);
        });
    }

    private static void lock(ReentrantLock lock) {
        lock.lock(); // Never unlocked, so the second lock is never acquired.
    }

    private static ApiKeyStore upgrade() {
        ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
        return store(method -> {
            if (method.equals("find")) {
                lock.readLock().lock();
                lock.writeLock().lock();
            }
        });
    }

    private static ApiKeyStore queueUnderLock() {
        ReentrantLock lock = new ReentrantLock();
        BlockingQueue<String> queue = new ArrayBlockingQueue<>(1);
        CountDownLatch held = new CountDownLatch(1);
        start("consumer", () -> {
            awaitQuietly(held);
            lock.lock();
            String unused = queue.poll();
        });
        return store(method -> {
            if (method.equals("write")) {
                lock.lock();
                held.countDown();
                for (String audit : List.of("created", "indexed")) {
                    queue.put(audit);
                }
            }
        });
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ApiKeyStore store(Before before) {
        ApiKeyStore sound = new InMemoryApiKeyStore();
        return (ApiKeyStore) Proxy.newProxyInstance(
                ApiKeyStore.class.getClassLoader(), new Class<?>[] {ApiKeyStore.class}, (proxy, method, arguments) -> {
                    before.call(method.getName());
                    try {
                        return method.invoke(sound, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
