package dev.apikeys.benchmarks;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The source system's vault with its deadlock fixed, and nothing else: one mutex, and a sweep over everything that
 * waits at each put. The secret lies in the open, which is less work than sealing it.
 */
final class FixedVault {
    private record Waiting(String secret, long deadline) {}

    private final ReentrantLock mutex = new ReentrantLock();
    private final Map<String, Waiting> waiting = new HashMap<>();

    /** So many that wait, without the sweeps. */
    void fill(int count, String secret, long deadline) {
        for (int i = 0; i < count; i++) {
            waiting.put(UUID.randomUUID().toString(), new Waiting(secret, deadline));
        }
    }

    void put(String ticket, String secret, long now, long deadline) {
        mutex.lock();
        try {
            waiting.values().removeIf(entry -> entry.deadline() <= now);
            waiting.put(ticket, new Waiting(secret, deadline));
        } finally {
            mutex.unlock();
        }
    }

    @Nullable String take(String ticket, long now) {
        mutex.lock();
        try {
            Waiting found = waiting.remove(ticket);
            return found == null || found.deadline() <= now ? null : found.secret();
        } finally {
            mutex.unlock();
        }
    }
}
