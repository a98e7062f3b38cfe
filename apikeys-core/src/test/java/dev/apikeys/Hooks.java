package dev.apikeys;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/** What a host object does besides its work: it notes its calls, and may throw, hang or call somebody before and after. */
final class Hooks {
    private static final Runnable NOTHING = () -> {};

    private final Map<String, Runnable> before = new ConcurrentHashMap<>();
    private final Map<String, Runnable> after = new ConcurrentHashMap<>();
    private final List<String> calls = new CopyOnWriteArrayList<>();

    /** From now on this happens before the work of a step; it may prevent the work by throwing. */
    void before(String step, Runnable what) {
        before.put(step, what);
    }

    /** From now on this happens after the work of a step, which is done then. */
    void after(String step, Runnable what) {
        after.put(step, what);
    }

    void clear() {
        before.clear();
        after.clear();
    }

    <T> T around(String step, Supplier<T> work) {
        calls.add(step);
        before.getOrDefault(step, NOTHING).run();
        T result = work.get();
        after.getOrDefault(step, NOTHING).run();
        return result;
    }

    void around(String step, Runnable work) {
        around(step, () -> {
            work.run();
            return true;
        });
    }

    List<String> calls() {
        return List.copyOf(calls);
    }

    long calls(String step) {
        return calls.stream().filter(step::equals).count();
    }

    void forgetCalls() {
        calls.clear();
    }

    /** Throws, and the next time does not. */
    static Runnable once(Runnable what) {
        Runnable[] left = {what};
        return () -> {
            Runnable now;
            synchronized (left) {
                now = left[0];
                left[0] = NOTHING;
            }
            now.run();
        };
    }

    static Runnable throwing(Supplier<? extends RuntimeException> failure) {
        return () -> {
            throw failure.get();
        };
    }
}
