package starts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

/** Starts the service in six ways and sends each the same requests; while they are sent to one, the next one starts. */
class StartsTest {
    private static Database.Servers servers;

    private final AtomicInteger number = new AtomicInteger();
    private final Iterator<Start> starts = Start.all().iterator();
    private CompletableFuture<Requests> next = begin();

    @BeforeAll
    static void startDatabases() throws Exception {
        servers = new Database.Servers();
    }

    @AfterAll
    static void stopDatabases() throws Exception {
        servers.close();
    }

    @TestFactory
    Stream<DynamicContainer> everyStart() {
        return Start.all().stream().map(start -> dynamicContainer(start.toString(), tests(start)));
    }

    /** In this order: the last ones take the database and then the service away. */
    private Stream<DynamicTest> tests(Start start) {
        Requests[] begun = new Requests[1];
        Stream<DynamicTest> first = Stream.of(dynamicTest("starts", () -> {
            begun[0] = next.get();
            next = begin();
            assertThat(begun[0].log()).contains("(v" + start.boot() + ".", "using Java");
        }));
        Stream<DynamicTest> all = Stream.of(
                        of("tables", requests -> requests::tablesAreThereBeforeTheFirstRequest),
                        of("good", requests -> requests::aGoodKeyPassesHoweverItIsPresented),
                        of("bad", requests -> requests::withoutAGoodKeyNothingIsServed),
                        of("paths", requests -> requests::noDetourLeadsPastTheFilter),
                        of("ended", requests -> requests::aKeyThatEndedHasItsCode),
                        of("permissions", requests -> requests::whatIsNotGrantedIs403),
                        of("preflight", requests -> requests::preflightsAreTheServices),
                        of("async", requests -> requests::anAsyncDispatchKeepsTheKey),
                        of("guesses", requests -> requests::guessesAreLimitedByAddressAndAGoodKeyGoesOn),
                        of("security", requests -> requests::securityStaysTheServices),
                        of("actuator", requests -> requests::actuatorKnowsTheKeysAndHidesThePepper),
                        of("end", requests -> requests::endsWhateverIsUnderWay),
                        of("log", requests -> requests::noSecretIsInTheLog))
                .map(test -> dynamicTest(test.name(), () -> test.of().apply(begun[0]).execute()));
        return Stream.of(first, all).flatMap(tests -> tests);
    }

    private CompletableFuture<Requests> begin() {
        if (!starts.hasNext()) {
            return CompletableFuture.completedFuture(null);
        }
        Start start = starts.next();
        return CompletableFuture.supplyAsync(() -> {
            try {
                Database database = servers.create(start.database(), "start" + number.incrementAndGet());
                return new Requests(start, database);
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
    }

    private record Named(String name, Function<Requests, Executable> of) {}

    private static Named of(String name, Function<Requests, Executable> of) {
        return new Named(name, of);
    }
}
