package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.WriteSet;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.h2.api.Trigger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls of many rows each of which takes a while, as it does if others hold them one by one. */
class SlowRowsTest {

    private static final Duration TIMEOUT = Duration.ofSeconds(1);
    private static final int ROWS = 60;
    private static final int MILLIS_PER_ROW = 300;

    /** Far from the timeout, because the machine may be busy, and as far from the 18 s that all rows take together. */
    private static final Duration LATEST = Duration.ofSeconds(8);

    @ParameterizedTest
    @EnumSource(
            value = Product.class,
            names = {"POSTGRESQL", "MARIADB", "H2"})
    void theTimeoutIsThatOfTheCallAndNotOfEachRow(Product product) {
        try (TestDatabase database = TestDatabase.of(product)) {
            DataSource pool = database.pool();
            JdbcSchema.create(pool);
            List<String> ids = IntStream.range(0, ROWS).mapToObj(Rows::id).toList();
            JdbcApiKeyStore.create(pool).write(Rows.insert(ids.toArray(String[]::new)));
            slowDown(database);
            ApiKeyStore store = JdbcApiKeyStore.builder(pool).timeout(TIMEOUT).build();

            UsageBatch usage = Rows.usage(1, ids.toArray(String[]::new));
            WriteSet.Builder replaces = WriteSet.builder();
            ids.forEach(id -> replaces.replace(Rows.replacing(id, 2)));
            WriteSet changes = replaces.build();
            for (Runnable call : List.<Runnable>of(() -> store.addUsage(usage), () -> store.write(changes))) {
                assertTimeoutPreemptively(
                        LATEST,
                        () -> assertThatThrownBy(call::run)
                                .isInstanceOfSatisfying(
                                        StorageException.class,
                                        e -> assertThat(e.outcomeUnknown()).isFalse())
                                .hasMessageContaining("nothing was written")
                                // Elsewhere the statement's or the socket's own timeout may be the first.
                                .hasMessageContaining(product == Product.H2 ? "its timeout of PT1S has run out" : ""));
            }
            assertThat(store.find(ids.get(0)).usageCount()).isZero();
            assertThat(store.find(ids.get(0)).version()).isEqualTo(1);
        }
    }

    private static void slowDown(TestDatabase database) {
        String trigger = "CREATE TRIGGER slow BEFORE UPDATE ON apikeys_key FOR EACH ROW ";
        String seconds = MILLIS_PER_ROW / 1000.0 + "";
        switch (database.product()) {
            case POSTGRESQL ->
                database.run(
                        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(" + seconds
                                + "); RETURN NEW; END'",
                        trigger + "EXECUTE FUNCTION slow()");
            case MARIADB -> database.run(trigger + "DO SLEEP(" + seconds + ")");
            default -> database.run(trigger + "CALL '" + SlowTrigger.class.getName() + "'");
        }
    }

    /** What {@code SLEEP} is elsewhere. */
    public static final class SlowTrigger implements Trigger {
        @Override
        public void fire(Connection connection, Object[] before, Object[] after) {
            try {
                new CountDownLatch(1).await(MILLIS_PER_ROW, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
