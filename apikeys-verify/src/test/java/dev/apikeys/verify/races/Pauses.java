package dev.apikeys.verify.races;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/** Hesitates before and after the calls of a store now and then, so that others get in between. Thread-safe. */
final class Pauses {
    private static final int MAX_BITS = 17;

    private final Random random;

    Pauses(Random random) {
        this.random = random;
    }

    <S> S in(Class<S> type, S store) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    hesitate();
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    } finally {
                        hesitate();
                    }
                }));
    }

    private void hesitate() {
        switch (random.nextInt(8)) {
            case 0 -> spin(draw(random, MAX_BITS));
            // Leaves the processor to the other side, which may have none.
            case 1 -> LockSupport.parkNanos(draw(random, MAX_BITS));
            default -> {}
        }
    }

    /** Nanoseconds: a power of two below the bound, each as often as the next. */
    static long draw(Random random, int bits) {
        return 1L << random.nextInt(bits);
    }

    static void spin(long nanos) {
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
    }
}
