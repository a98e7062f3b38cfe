package dev.apikeys.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a dialect reads from an exception. */
class DialectTest {

    static List<Dialect> all() {
        return Dialect.ALL;
    }

    @ParameterizedTest
    @MethodSource("all")
    void onlyWhatIsKnownToBeUndoneCountsAsRefused(Dialect dialect) {
        for (String refused : List.of("40000", "40001", "40002", "40P01", "23505", "42601", "25006")) {
            assertThat(dialect.refused(new SQLException("planted", refused)))
                    .as(refused)
                    .isTrue();
        }
        // 40003: whether the statement was completed is not known.
        for (String unsure : List.of("40003", "08006", "HY000")) {
            assertThat(dialect.refused(new SQLException("planted", unsure)))
                    .as(unsure)
                    .isFalse();
        }
    }
}
