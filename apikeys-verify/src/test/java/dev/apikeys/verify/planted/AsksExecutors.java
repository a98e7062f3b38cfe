package dev.apikeys.verify.planted;

import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;

/** Breaks: L11 threads are made in one place. */
public final class AsksExecutors {
    public ThreadFactory inheriting() {
        return Executors.defaultThreadFactory();
    }
}
