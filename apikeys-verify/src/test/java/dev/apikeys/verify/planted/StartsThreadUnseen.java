package dev.apikeys.verify.planted;

import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.file.FileSystem;
import java.nio.file.WatchService;
import java.util.Timer;

/** Breaks: L11 threads are made in one place; each method in a way of its own. */
public final class StartsThreadUnseen {
    /** As in the Java of a later release. */
    static final class Later extends Thread {
        static Thread startVirtualThread(Runnable task) {
            throw new UnsupportedOperationException(task.toString());
        }

        static Object ofPlatform() {
            throw new UnsupportedOperationException();
        }

        static Object ofVirtual() {
            throw new UnsupportedOperationException();
        }
    }

    public Timer timer() {
        return new Timer(true);
    }

    public Thread startVirtualThread(Runnable task) {
        return Later.startVirtualThread(task);
    }

    public Object ofPlatform() {
        return Later.ofPlatform();
    }

    public Object ofVirtual() {
        return Later.ofVirtual();
    }

    public Cleaner cleaner() {
        return Cleaner.create();
    }

    public WatchService watchService(FileSystem files) throws IOException {
        return files.newWatchService();
    }
}
