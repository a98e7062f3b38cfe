package dev.apikeys.tck;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

/**
 * Runs each test on its own thread, tracks every call into the store, and fails the test with a diagnosis when a call
 * does not return. All threads are daemons: a stuck one does not keep the build from ending.
 */
final class HangDetector implements InvocationInterceptor {
    private static final int CALLS_WORTH_OF_PATIENCE = 10;
    private static final int MAX_STACKS = 10;
    private static final int MAX_ANSWERS = 5;
    private static final int MAX_SHOWN = 200;

    /** The length of a number such as S07. */
    private static final int NUMBER = 3;

    private static final Duration ROUND = Duration.ofMillis(20);

    /** A call into the store that has not returned. */
    private record Call(String method, Thread thread, long since) {
        Duration age(long now) {
            return Duration.ofNanos(now - since);
        }
    }

    /** The work of one of several concurrent threads. */
    @FunctionalInterface
    interface Racer {
        void run(int number) throws Exception;
    }

    /** The outcome of a call. */
    private record Answer(String call, @Nullable Object outcome) {
        String shown() {
            String text = call + outcome;
            return text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "…" : text;
        }
    }

    private final Queue<Answer> last = new ConcurrentLinkedQueue<>();
    private final Supplier<Duration> patience;
    private final Set<Call> calls = ConcurrentHashMap.newKeySet();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private volatile String rule = "?";

    /** From then on no call reaches the store, so that loops around calls end. */
    private volatile AtomicBoolean failed = new AtomicBoolean();

    HangDetector(Supplier<Duration> patience) {
        this.patience = patience;
    }

    /** Returns the store with every call watched. */
    <S> S over(Class<S> type, S store) {
        AtomicBoolean over = failed;
        Object watched =
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    if (over.get()) {
                        throw new IllegalStateException(rule + " has failed, and this thread is left of it");
                    }
                    Call call = new Call(method.getName(), Thread.currentThread(), System.nanoTime());
                    calls.add(call);
                    try {
                        Object answer = method.invoke(store, arguments);
                        remember(method.getName() + "() returned ", answer);
                        return answer;
                    } catch (InvocationTargetException e) {
                        remember(method.getName() + "() threw ", e.getCause());
                        throw e.getCause();
                    } finally {
                        calls.remove(call);
                    }
                });
        return type.cast(watched);
    }

    /** Keeps the object; its text is computed only if the rule is broken. */
    private void remember(String call, @Nullable Object outcome) {
        last.add(new Answer(call, outcome));
        while (last.size() > MAX_ANSWERS) {
            last.poll();
        }
    }

    @Override
    public void interceptBeforeEachMethod(
            Invocation<@Nullable Void> invocation,
            ReflectiveInvocationContext<Method> invocationContext,
            ExtensionContext extensionContext)
            throws Throwable {
        failed = new AtomicBoolean(); // one instance may run all tests
        watch(invocation, extensionContext.getRequiredTestMethod().getName());
    }

    @Override
    public void interceptTestMethod(
            Invocation<@Nullable Void> invocation,
            ReflectiveInvocationContext<Method> invocationContext,
            ExtensionContext extensionContext)
            throws Throwable {
        watch(invocation, extensionContext.getRequiredTestMethod().getName());
    }

    private void watch(Invocation<@Nullable Void> invocation, String name) throws Throwable {
        rule = name;
        long begun = System.nanoTime();
        CompletableFuture<@Nullable Void> body = new CompletableFuture<>();
        start("test", () -> {
            try {
                body.complete(invocation.proceed());
            } catch (Throwable e) {
                body.completeExceptionally(e);
            }
        });
        try {
            while (!endedWithin(ROUND, body)) {
                failIfStuck(begun);
            }
        } catch (TestAbortedException skipped) {
            throw skipped;
        } catch (AssertionError | RuntimeException e) {
            failed.set(true);
            throw withRule(e);
        } finally {
            threads.forEach(Thread::interrupt);
        }
    }

    /** Returns the failure with the broken rule, and with the last calls of the store. */
    private AssertionError withRule(Throwable failure) {
        String message = failure instanceof AssertionError ? String.valueOf(failure.getMessage()) : failure.toString();
        if (failure instanceof AssertionError said && message.startsWith(rule)) {
            return said;
        }
        StringBuilder text = new StringBuilder(rule)
                .append(" found ")
                .append(rule, 0, NUMBER)
                .append(" broken: ")
                .append(message);
        List<Answer> answers = new ArrayList<>(last);
        if (!answers.isEmpty()) {
            text.append("\nThe last calls in the store, possibly of several threads:");
            answers.forEach(answer -> text.append("\n  ").append(answer.shown()));
        }
        return failure instanceof AssertionFailedError failed && failed.isExpectedDefined()
                ? new AssertionFailedError(text.toString(), failed.getExpected(), failed.getActual(), failure)
                : new AssertionError(text.toString(), failure);
    }

    private static boolean endedWithin(Duration round, CompletableFuture<?> body) throws Throwable {
        try {
            body.get(round.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw e.getCause();
        }
    }

    private void failIfStuck(long begun) {
        long now = System.nanoTime();
        List<Call> inStore = new ArrayList<>(calls);
        inStore.sort(Comparator.comparingLong(Call::since));
        if (!inStore.isEmpty() && inStore.get(0).age(now).compareTo(patience.get()) >= 0) {
            throw new AssertionError(diagnosis(inStore, now));
        }
        Duration bound = bound();
        if (now - begun > bound.toNanos()) {
            throw new AssertionError(rule + " did not end within " + seconds(bound) + ", although no call in the store"
                    + " exceeds its bound: the store is too slow for this test, or one of its threads has died");
        }
    }

    private String diagnosis(List<Call> inStore, long now) {
        StringBuilder text = new StringBuilder(rule)
                .append(" found S10 broken: a call must not wait without bound, but ")
                .append(inStore.get(0).method())
                .append("() has not returned for more than ")
                .append(seconds(patience.get()))
                .append(
                        ". Look at the stacks for a lock that the same thread holds already, that another of these threads")
                .append(" holds, or that a call which has returned left locked. Calls in the store: ")
                .append(inStore.size());
        for (Call call : inStore.subList(0, Math.min(inStore.size(), MAX_STACKS))) {
            text.append("\n  ").append(call.method()).append("() for ").append(seconds(call.age(now)));
            text.append(" in thread \"").append(call.thread().getName()).append("\", ");
            text.append(call.thread().getState());
            for (StackTraceElement frame : call.thread().getStackTrace()) {
                text.append("\n      at ").append(frame);
            }
        }
        return text.toString();
    }

    private static String seconds(Duration time) {
        return time.toMillis() / 1_000.0 + " s";
    }

    /** Returns the bound of each test, including all its waits. */
    private Duration bound() {
        return patience.get().multipliedBy(CALLS_WORTH_OF_PATIENCE);
    }

    /** Runs work on so many threads at once and waits for all of them; rethrows the first failure. */
    void race(int count, Racer racer) throws Exception {
        CyclicBarrier together = new CyclicBarrier(count);
        List<CompletableFuture<@Nullable Void>> running = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = i;
            running.add(begin("#" + i, () -> {
                together.await(bound().toNanos(), TimeUnit.NANOSECONDS);
                racer.run(number);
                return null;
            }));
        }
        for (CompletableFuture<?> one : running) {
            await(one);
        }
    }

    /** Runs work on another thread and waits for it. */
    <T> T elsewhere(Callable<T> work) throws Exception {
        return await(begin("elsewhere", work));
    }

    /** Begins work on another thread. */
    <T> CompletableFuture<T> begin(String name, Callable<T> work) {
        CompletableFuture<T> done = new CompletableFuture<>();
        start(name, () -> {
            try {
                done.complete(work.call());
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }

    /** Waits for begun work; rethrows its failure. */
    <T> T await(CompletableFuture<T> begun) throws Exception {
        try {
            return begun.get(bound().toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e.getCause() instanceof Exception exception ? exception : e;
        }
    }

    private void start(String name, Runnable body) {
        Thread thread = new Thread(
                () -> {
                    threads.add(Thread.currentThread());
                    try {
                        body.run();
                    } finally {
                        threads.remove(Thread.currentThread());
                    }
                },
                "apikeys-tck " + rule + " " + name);
        thread.setDaemon(true);
        thread.start();
    }
}
