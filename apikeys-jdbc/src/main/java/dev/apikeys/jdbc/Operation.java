package dev.apikeys.jdbc;

import org.jspecify.annotations.Nullable;

/**
 * What is done on one connection.
 *
 * @param what what it is, for messages: {@code find an API key}
 * @param mode how it is done
 * @param keyId the key that is being created, or null
 */
record Operation(String what, Mode mode, @Nullable String keyId) {

    /** How an operation uses its connection. */
    enum Mode {
        /** Queries only. */
        READ,
        /** One statement that writes: it needs no transaction around it. */
        STATEMENT,
        /** Statements that are done all or none. */
        TRANSACTION
    }

    static Operation read(String what) {
        return new Operation(what, Mode.READ, null);
    }

    /** An operation of as many statements as there are rows. */
    static Operation write(String what, int rows) {
        return new Operation(what, rows == 1 ? Mode.STATEMENT : Mode.TRANSACTION, null);
    }

    Operation creating(@Nullable String id) {
        return new Operation(what, mode, id);
    }
}
