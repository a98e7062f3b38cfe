package dev.apikeys.casbin;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a check costs, by the bytes it allocates: those can be counted, times cannot. */
class CostTest {

    private static final String GRANTED = "p, read, /files/:id, GET, allow\np, read, /files/secret, GET, deny\n";
    private static final int CHECKS = 1_000;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void policiesOfOtherPermissionsCostNothing() {
        String others = IntStream.range(0, 9_000)
                .mapToObj(i -> "p, other" + i + ", /files/:id, GET, allow")
                .collect(Collectors.joining("\n"));

        long few = allocated(CasbinAuthorizer.fromPolicy(GRANTED));
        long many = allocated(CasbinAuthorizer.fromPolicy(GRANTED + others));

        assertThat(few).as("the probe counts").isGreaterThan(100);
        assertThat(many).isLessThan(2 * few);
    }

    @Test
    void policiesWithAnotherActionOrPrefixAreNotMatched() {
        String others = IntStream.range(0, 4_500)
                .mapToObj(i -> "p, read, /files/:id, OTHER" + i + ", deny\np, read, /other" + i + "/:id, GET, deny")
                .collect(Collectors.joining("\n"));

        long few = allocated(CasbinAuthorizer.fromPolicy(GRANTED));
        long many = allocated(CasbinAuthorizer.fromPolicy(GRANTED + others));

        // An iterator or two more; one path that is matched costs more than a thousand bytes.
        assertThat(many).isLessThan(2 * few);
    }

    private long allocated(CasbinAuthorizer authorizer) {
        Set<String> granted = Set.of("read");
        check(authorizer, granted);
        long before = threads.getCurrentThreadAllocatedBytes();
        check(authorizer, granted);
        return (threads.getCurrentThreadAllocatedBytes() - before) / CHECKS;
    }

    private static void check(CasbinAuthorizer authorizer, Set<String> granted) {
        int allowed = 0;
        for (int i = 0; i < CHECKS; i++) {
            allowed += authorizer.allows(granted, "/files/7", "GET") ? 1 : 0;
        }
        assertThat(allowed).isEqualTo(CHECKS);
    }
}
