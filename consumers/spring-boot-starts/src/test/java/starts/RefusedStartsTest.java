package starts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Configurations that are wrong: on both Boots the log says what to write, and has no secret. */
class RefusedStartsTest {
    private static final String SHORT_PEPPER = "Z2VoZWlt";
    private static final String DATABASE = "--spring.datasource.url=jdbc:h2:mem:refused";

    private record Refused(String name, Predicate<String> jars, List<String> arguments, List<String> told) {

        static Refused property(String property, String value, String... told) {
            return new Refused(
                    property + "=" + value.length() + " characters",
                    jar -> true,
                    List.of(DATABASE, "--" + property + "=" + value),
                    List.of(told));
        }
    }

    private static Stream<Refused> all() {
        return Stream.of(
                Refused.property("apikeys.peper.value", Keys.PEPPER, "There is no property apikeys.peper.value"),
                Refused.property("apikeys.pepper.retired", Keys.PEPPER, "The property apikeys.pepper.retired", "cannot be read"),
                Refused.property("apikeys.pepper.value", SHORT_PEPPER, "apikeys.pepper is refused", "openssl rand -base64 32"),
                Refused.property(
                        "spring.datasource.url",
                        "jdbc:h2:mem:none;IFEXISTS=TRUE",
                        "The database of the API keys gives no connection",
                        "spring.datasource.username"),
                new Refused(
                        "without what makes a DataSource",
                        jar -> !jar.matches("(spring-jdbc|spring-boot-jdbc|HikariCP)-.*"),
                        List.of(DATABASE),
                        List.of("There is no DataSource", "spring-boot-starter-jdbc", "apikeys.store=memory")));
    }

    @TestFactory
    Stream<DynamicTest> eachSaysWhatToWrite() {
        return all().map(refused -> dynamicTest(refused.name(), () -> isRefused(refused)));
    }

    private static void isRefused(Refused refused) throws Exception {
        onBothBoots(refused.jars(), refused.arguments(), service -> {
            assertThat(service.exitCode()).as(service.log()).isEqualTo(1);
            assertThat(service.log())
                    .contains("APPLICATION FAILED TO START")
                    .contains(refused.told())
                    .doesNotContain(Keys.PEPPER, SHORT_PEPPER);
        });
    }

    /** Boot then makes one in memory, if the jar is there. */
    @Test
    void withoutAnAddressKeysAreKeptInMemoryAndTheLogSaysSo() throws Exception {
        Pattern told = Pattern.compile("API keys are kept in H2 in memory.*spring.datasource.url.*apikeys.store=memory");
        onBothBoots(jar -> true, List.of(), service -> {
            service.await(told);
            service.port();
        });
    }

    private interface Check {
        void of(Running service) throws Exception;
    }

    /** Starts both at the same time. */
    private static void onBothBoots(Predicate<String> jars, List<String> arguments, Check check) throws Exception {
        List<Running> both = new ArrayList<>();
        try {
            for (int boot : new int[] {3, 4}) {
                Start plain = new Start(boot, 17, Database.Kind.H2, false, false, false);
                both.add(new Running(plain, jar -> plain.takes(jar) && jars.test(jar), arguments));
            }
            for (Running service : both) {
                check.of(service);
            }
        } finally {
            both.forEach(Running::kill);
        }
    }
}
