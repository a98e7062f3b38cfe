package dev.apikeys.memory;

import java.time.Duration;

/** Refuses arguments outside the contract of the stores, each with its name, its value and what is allowed. */
final class Require {
    private static final int MAX_LIMIT = 1_000;

    private Require() {}

    static void limit(int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("limit is " + limit + "; allowed: 1 to " + MAX_LIMIT);
        }
    }

    static void size(String argument, int size, int most) {
        if (size < 1 || size > most) {
            throw new IllegalArgumentException("size of " + argument + " is " + size + "; allowed: 1 to " + most);
        }
    }

    static void notNegative(String argument, Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(argument + " is " + value + "; allowed: at least zero");
        }
    }

    static void ascending(String argument, String previous, String id) {
        if (previous.compareTo(id) >= 0) {
            throw new IllegalArgumentException(
                    argument + " hold " + id + " after " + previous + "; allowed: ascending order, each once");
        }
    }
}
