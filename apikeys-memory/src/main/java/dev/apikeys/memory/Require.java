package dev.apikeys.memory;

/** Refuses arguments outside the contract of the stores, each with its name, its value and what is allowed. */
final class Require {
    private static final int MAX_LIMIT = 1_000;

    private Require() {}

    static void limit(int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("limit must be 1 to " + MAX_LIMIT + ", but was " + limit);
        }
    }

    static void size(String argument, int size, int most) {
        if (size < 1 || size > most) {
            throw new IllegalArgumentException(argument + " must hold 1 to " + most + " entries, but held " + size);
        }
    }

    static void ascending(String argument, String previous, String id) {
        if (previous.compareTo(id) >= 0) {
            throw new IllegalArgumentException(
                    argument + " must be in ascending order of id, each once, but " + id + " followed " + previous);
        }
    }
}
