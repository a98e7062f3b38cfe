package dev.apikeys.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The bounds of a statement and of its socket. */
class BoundsTest {

    private final AtomicLong nanos = new AtomicLong();
    private final Map<String, Integer> set = new HashMap<>();
    private final Connection connection = noting(Connection.class);
    private final Statement statement = noting(Statement.class);

    private <T> T noting(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    if (method.getName().startsWith("set")) {
                        set.put(method.getName(), (Integer) arguments[arguments.length - 1]);
                    }
                    return method.getReturnType() == int.class ? 0 : null;
                }));
    }

    private Bounds bounds(Duration patience) {
        long deadline = nanos.get() + Duration.ofSeconds(10).toNanos();
        return new Bounds(connection, Dialect.Timeouts.NETWORK, nanos::get, deadline, patience);
    }

    @Test
    void theDatabaseEndsAStatementASecondBeforeTheSocketDoes() throws SQLException {
        Bounds bounds = bounds(null);
        for (int millis = 0; millis < 10_000; millis++) {
            nanos.set(Duration.ofMillis(millis).toNanos());
            bounds.statement(statement);
            int left = 10_000 - millis;
            assertThat(set.get("setQueryTimeout")).isBetween(1, Math.max(1, left / 1_000));
            assertThat(set.get("setNetworkTimeout") - 1_000 * set.get("setQueryTimeout"))
                    .isGreaterThanOrEqualTo(1_000);
            assertThat(set.get("setNetworkTimeout")).isLessThanOrEqualTo(Math.max(left, 1_000) + 1_000);
        }
        nanos.set(Duration.ofSeconds(10).toNanos());
        assertThatThrownBy(() -> bounds.statement(statement)).isInstanceOf(Bounds.OverdueException.class);
    }

    @Test
    void aTaskOfLittlePatienceBoundsEachStatement() throws SQLException {
        Bounds bounds = bounds(Duration.ofSeconds(1));
        bounds.statement(statement);
        assertThat(set.get("setQueryTimeout")).isEqualTo(1);
        assertThat(set.get("setNetworkTimeout")).isEqualTo(2_000);
        bounds.nextStep();
        assertThat(set.get("setNetworkTimeout")).isEqualTo(10_000);
    }

    @Test
    void aCommitThatIsSentHasASecondAtLeast() throws SQLException {
        Bounds bounds = bounds(null);
        nanos.set(Duration.ofMillis(9_999).toNanos());
        bounds.commit();
        assertThat(set.get("setNetworkTimeout")).isEqualTo(1_000);
        nanos.set(Duration.ofSeconds(10).toNanos());
        assertThatThrownBy(bounds::commit).isInstanceOf(Bounds.OverdueException.class);
        bounds.tidyingStep();
        assertThat(set.get("setNetworkTimeout")).isEqualTo(1_000);
    }
}
