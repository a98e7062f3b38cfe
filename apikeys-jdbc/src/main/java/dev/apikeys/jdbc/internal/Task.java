package dev.apikeys.jdbc.internal;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One use of one connection.
 *
 * @param what what is done, for messages: {@code find a row of apikeys_key}; never a value of a row
 * @param mode how the connection is used
 * @param keyId the key that is being created, or null
 * @param patience how long one statement may wait for a lock, after which the task fails; or null for as long as the task
 *     has time
 */
public record Task(
        String what,
        Mode mode,
        @Nullable String keyId,
        @Nullable Duration patience) {

    /** How a task uses its connection. */
    public enum Mode {
        /** Queries only. */
        READ,
        /** Queries that all see the same moment. */
        SNAPSHOT,
        /** One statement that writes: it needs no transaction around it. */
        STATEMENT,
        /** Statements of which all take effect or none. */
        TRANSACTION
    }

    /**
     * Returns a task that reads.
     *
     * @param what what it does, for messages
     * @return a task
     */
    public static Task read(String what) {
        return new Task(what, Mode.READ, null, null);
    }

    /**
     * Returns a task of several queries that see the same moment.
     *
     * @param what what it does, for messages
     * @return a task
     */
    public static Task snapshot(String what) {
        return new Task(what, Mode.SNAPSHOT, null, null);
    }

    /**
     * Returns a task of a single statement that writes.
     *
     * @param what what it does, for messages
     * @return a task
     */
    public static Task statement(String what) {
        return new Task(what, Mode.STATEMENT, null, null);
    }

    /**
     * Returns a task of several statements, at least one of which writes.
     *
     * @param what what it does, for messages
     * @return a task
     */
    public static Task transaction(String what) {
        return new Task(what, Mode.TRANSACTION, null, null);
    }

    /** Returns whether nothing is written. */
    boolean onlyReads() {
        return mode == Mode.READ || mode == Mode.SNAPSHOT;
    }

    /** Returns whether all statements are one transaction. */
    boolean isTransaction() {
        return mode == Mode.SNAPSHOT || mode == Mode.TRANSACTION;
    }

    /** Returns this task as one that creates a key. */
    public Task creating(@Nullable String id) {
        return new Task(what, mode, id, patience);
    }

    /** Returns this task with little patience for locks. */
    public Task waiting(Duration atMost) {
        return new Task(what, mode, keyId, atMost);
    }
}
