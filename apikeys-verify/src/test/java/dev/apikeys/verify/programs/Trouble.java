package dev.apikeys.verify.programs;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.KeyEvent;
import dev.apikeys.KeyId;
import dev.apikeys.KeyListener;
import dev.apikeys.KeyQuery;
import dev.apikeys.spi.StorageException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes stores and listeners misbehave now and then, until it is ended: they hang until they are let go, throw before or
 * after they did what was asked, and call the manager. Thread-safe.
 */
final class Trouble implements KeyListener {
    /** Longer than anything that waits for it has patience. */
    private static final long TOO_LONG_SECONDS = 120;

    private final Random random;
    private final AtomicInteger hanging = new AtomicInteger();
    private final AtomicInteger hung = new AtomicInteger();
    private final AtomicInteger thrown = new AtomicInteger();
    private final AtomicInteger calledBack = new AtomicInteger();
    private volatile CountDownLatch letGo = new CountDownLatch(1);
    private volatile boolean ended;
    private volatile ApiKeyManager manager;

    Trouble(long seed) {
        random = new Random(seed);
    }

    void callsBack(ApiKeyManager called) {
        manager = called;
    }

    <S> S in(Class<S> type, S store) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    boolean throwsAfterwards = misbehave();
                    try {
                        Object answer = method.invoke(store, arguments);
                        if (throwsAfterwards) {
                            thrown.incrementAndGet();
                            throw new StorageException("done, and nobody is told", null, true, null);
                        }
                        return answer;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    @Override
    public void onEvent(KeyEvent event) {
        if (misbehave()) {
            throw new IllegalStateException("the listener fails");
        }
    }

    /** Whether the call shall do what was asked and throw then. */
    private boolean misbehave() {
        if (ended) {
            return false;
        }
        switch (random.nextInt(40)) {
            case 0 -> hang();
            case 1 -> {
                thrown.incrementAndGet();
                throw new StorageException("out of reach", null);
            }
            case 2 -> {
                thrown.incrementAndGet();
                throw new AssertionError("a store may throw anything");
            }
            case 3 -> {
                return true;
            }
            case 4 -> callBack(() -> manager.find(KeyId.random()));
            case 5 -> callBack(() -> manager.list(KeyQuery.all().limit(2)));
            case 6 -> callBack(() -> manager.maintain());
            default -> {}
        }
        return false;
    }

    private void callBack(Runnable call) {
        calledBack.incrementAndGet();
        call.run();
    }

    private void hang() {
        hung.incrementAndGet();
        hanging.incrementAndGet();
        try {
            if (!letGo.await(TOO_LONG_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("the test did not let go");
            }
        } catch (InterruptedException e) {
            throw new AssertionError("the library interrupted a host call", e);
        } finally {
            hanging.decrementAndGet();
        }
    }

    /** Lets go of those that hang; others will hang again. */
    void letGo() {
        CountDownLatch before = letGo;
        if (!ended) {
            letGo = new CountDownLatch(1);
        }
        before.countDown();
    }

    /** Lets go for good, and misbehaves no more. */
    void end() {
        ended = true;
        letGo.countDown();
    }

    int hanging() {
        return hanging.get();
    }

    /** How often calls hung, threw, and called the manager. */
    List<Integer> counts() {
        return List.of(hung.get(), thrown.get(), calledBack.get());
    }
}
