package dev.apikeys.internal.concurrent;

import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes every thread of a manager. Whoever happens to need a thread first makes it, and it then serves others: so it takes
 * nothing over from its maker, neither inheritable thread locals, which may say who is asking, nor priority, nor class
 * loader, nor thread group, which somebody may interrupt as a whole. Its context class loader is that of the thread that
 * built the manager, with which a store or a listener finds the host's drivers and providers; the one of this library's
 * class may know nothing of the host. Immutable and thread-safe.
 *
 * @param name of every thread it makes
 * @param loader the context class loader of every thread it makes
 * @param group the group of every thread it makes: the JVM's topmost, the only one that outlives all others
 */
public record DaemonThreads(String name, @Nullable ClassLoader loader, ThreadGroup group) implements ThreadFactory {

    /** To be called while the manager is built. */
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
    @SuppressWarnings("ThreadPriorityCheck") // Nothing relies on the priority: it only must not be some caller's.
    public Thread newThread(Runnable task) {
        Thread thread = new Thread(group, task, name, 0, false);
        thread.setDaemon(true);
        thread.setPriority(Thread.NORM_PRIORITY);
        thread.setContextClassLoader(loader);
        return thread;
    }
}
