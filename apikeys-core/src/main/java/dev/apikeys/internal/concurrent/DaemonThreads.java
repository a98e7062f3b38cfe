package dev.apikeys.internal.concurrent;

import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * The factory of all threads of a manager. A thread is created by the first caller that needs it and then serves
 * others, so it inherits nothing from that caller: no inheritable thread locals, which may identify the caller, no
 * priority, no class loader, and no thread group, which may be interrupted as a whole. Its context class loader is that
 * of the thread that built the manager, so that stores and listeners find the host's drivers and providers; this
 * library's own class loader may not see the host. Immutable and thread-safe.
 *
 * @param name the name of the threads
 * @param loader the context class loader of the threads
 * @param group the group of the threads: the JVM's topmost, the only one that outlives all others
 */
public record DaemonThreads(String name, @Nullable ClassLoader loader, ThreadGroup group) implements ThreadFactory {

    /** Returns a factory with the caller's context class loader; for use while the manager is built. */
    public static DaemonThreads named(String name) {
        Thread builder = Thread.currentThread();
        return new DaemonThreads(name, builder.getContextClassLoader(), topmost(builder.getThreadGroup()));
    }

    private static ThreadGroup topmost(ThreadGroup group) {
        ThreadGroup top = group;
        for (ThreadGroup parent = top.getParent(); parent != null; parent = top.getParent()) {
            top = parent;
        }
        return top;
    }

    @Override
    @SuppressWarnings("ThreadPriorityCheck") // Nothing relies on it; it must only not be inherited.
    public Thread newThread(Runnable task) {
        Thread thread = new Thread(group, task, name, 0, false);
        thread.setDaemon(true);
        thread.setPriority(Thread.NORM_PRIORITY);
        thread.setContextClassLoader(loader);
        return thread;
    }
}
