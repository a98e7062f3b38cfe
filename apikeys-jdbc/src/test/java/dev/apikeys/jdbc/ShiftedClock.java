package dev.apikeys.jdbc;

import dev.apikeys.jdbc.TestDatabase.Product;
import java.sql.Connection;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/** Connections to a database whose clock is wrong, as that of another machine can be. */
final class ShiftedClock {

    private final DataSource source;
    private final AtomicLong millis;

    ShiftedClock(Product product, DataSource pool, long millis) {
        this.millis = new AtomicLong(millis);
        String now = product.dialect.now();
        source = new SourceOf(() -> {
            Connection connection = pool.getConnection();
            return SourceOf.changed(
                    connection,
                    (method, arguments) -> method.equals("prepareStatement")
                            ? connection.prepareStatement(
                                    ((String) arguments[0]).replace(now, "(" + now + " + (" + this.millis + "))"))
                            : null);
        });
    }

    DataSource source() {
        return source;
    }

    /** Moves the clock. */
    void add(long more) {
        millis.addAndGet(more);
    }
}
