package dev.apikeys.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class NodeTest {
    @Test
    void closesItsPoolIfItCannotStart() {
        HikariDataSource pool = Node.pool("jdbc:h2:mem:node", null);
        MutableClock clock = new MutableClock(Instant.EPOCH);

        assertThatThrownBy(() -> Node.start(pool, "without_tables_", clock)).isInstanceOf(RuntimeException.class);

        assertThat(pool.isClosed()).isTrue();
    }

    /** The two settings of the checklist. */
    @Test
    void waitsForNoConnectionLongerThanASecond() {
        try (HikariDataSource pool = Node.pool("jdbc:h2:mem:node", null)) {
            assertThat(pool.getConnectionTimeout()).isEqualTo(1_000);
            assertThat(pool.getValidationTimeout()).isEqualTo(1_000);
        }
    }
}
