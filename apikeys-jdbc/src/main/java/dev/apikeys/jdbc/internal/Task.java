package dev.apikeys.jdbc.internal;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A use of one connection.
 *
 * @param what a description for messages, such as {@code find a row of apikeys_key}; never a value of a row
 * @param mode how the connection is used
 * @param keyId the key that is being created, or null
 * @param patience the lock timeout of one statement, after which the task fails; null for the task's remaining time
 */
public record Task(
        String what,
        Mode mode,
        @Nullable String keyId,
        @Nullable Duration patience) {

    /** The mode in which a task uses its connection. */
    public enum Mode {
        /** Only queries. */
        READ,
        /** Queries that all see the same snapshot. */
        SNAPSHOT,
        /** One statement that writes, without a transaction around it. */
        STATEMENT,
        /** Statements that take effect all or none. */
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
     * Returns a task of several queries that see the same snapshot.
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

    /** Returns whether the task writes nothing. */
    boolean onlyReads() {
        return mode == Mode.READ || mode == Mode.SNAPSHOT;
    }

    /** Returns whether all statements are in one transaction. */
    boolean isTransaction() {
        return mode == Mode.SNAPSHOT || mode == Mode.TRANSACTION;
    }

    /** Returns this task with the key that it creates. */
    public Task creating(@Nullable String id) {
        return new Task(what, mode, id, patience);
    }

    /** Returns this task with a lock timeout. */
    public Task waiting(Duration atMost) {
        return new Task(what, mode, keyId, atMost);
    }
}
