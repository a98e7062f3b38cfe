package dev.apikeys.verify.planted;

import java.util.Queue;
import java.util.concurrent.LinkedBlockingDeque;

/** Breaks: L2 what locks inside is in docs/locking.md. */
public final class UsesUnlistedQueue {
    public Queue<String> create() {
        return new LinkedBlockingDeque<>();
    }
}
