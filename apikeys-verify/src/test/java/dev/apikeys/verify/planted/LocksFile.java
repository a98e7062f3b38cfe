package dev.apikeys.verify.planted;

import java.io.IOException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;

/** Breaks: L1 no file is locked. */
public final class LocksFile {
    public void lock(FileChannel file) throws IOException {
        file.lock();
    }

    public void lockPart(FileChannel file) throws IOException {
        file.lock(0, 1, false);
    }

    public void tryLock(FileChannel file) throws IOException {
        file.tryLock();
    }

    public void lockLater(AsynchronousFileChannel file) {
        file.lock();
    }

    public void tryLockLater(AsynchronousFileChannel file) throws IOException {
        file.tryLock();
    }
}
