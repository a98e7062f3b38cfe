package dev.apikeys.jdbc.internal;

import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A set of SQLSTATEs, complete or by class (their first two characters), and of vendor codes.
 *
 * @param states SQLSTATEs of five characters, or of two for a whole class
 * @param vendor vendor codes
 */
record Codes(Set<String> states, Set<Integer> vendor) {

    static final Codes NONE = new Codes(Set.of(), Set.of());

    /** Causes and next exceptions form a graph that a driver may make cyclic. */
    private static final int DEEPEST = 10;

    static Codes states(String... states) {
        return new Codes(Set.of(states), Set.of());
    }

    static Codes vendor(Integer... vendor) {
        return new Codes(Set.of(), Set.of(vendor));
    }

    /** Returns whether the exception, or one that it wraps, has one of the codes: batches and pools wrap. */
    boolean match(@Nullable Throwable thrown) {
        return match(thrown, DEEPEST);
    }

    private boolean match(@Nullable Throwable thrown, int depth) {
        if (thrown == null || depth == 0) {
            return false;
        }
        if (thrown instanceof SQLException sql) {
            return matches(sql) || match(sql.getNextException(), depth - 1) || match(sql.getCause(), depth - 1);
        }
        return match(thrown.getCause(), depth - 1);
    }

    private boolean matches(SQLException thrown) {
        String state = thrown.getSQLState();
        return vendor.contains(thrown.getErrorCode())
                || (state != null
                        && (states.contains(state) || (state.length() == 5 && states.contains(state.substring(0, 2)))));
    }
}
