package dev.apikeys.jdbc;

import dev.apikeys.jdbc.internal.Connections;
import dev.apikeys.jdbc.internal.Task;
import java.time.Duration;
import java.util.OptionalLong;

/** The clocks of the database and of the caller; a purge does not trust either alone. */
final class Clocks {

    private static final long FARTHEST_MILLIS = Duration.ofHours(1).toMillis();
    private static final Duration LONGEST = Duration.ofDays(1_000_000);

    private Clocks() {}

    /**
     * Returns the earlier of the two clocks.
     *
     * @param now the caller's clock, epoch milliseconds
     * @return epoch milliseconds; empty if the clocks differ by more than an hour
     */
    static OptionalLong earlier(Connections connections, long now) {
        long own = own(connections);
        long earlier = Math.min(own, now);
        // Compared without the difference, which can overflow.
        return Math.max(own, now) - FARTHEST_MILLIS > earlier ? OptionalLong.empty() : OptionalLong.of(earlier);
    }

    /** Returns the clock of the database, in epoch milliseconds. */
    static long own(Connections connections) {
        String query = "SELECT " + connections.dialect().now();
        return connections
                .run(
                        Task.read("read the clock of the database"),
                        session -> session.query(query, statement -> {}, result -> result.getLong(1)))
                .get(0);
    }

    /** Returns a time minus an age. */
    static long before(long time, Duration age) {
        return time - (age.compareTo(LONGEST) > 0 ? LONGEST : age).toMillis();
    }
}
