package dev.apikeys.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The document, the javadoc of the SPI and the names of the tests speak of the same rules. */
class RuleNumbersTest {
    private static final Path PROJECT = Path.of("..");
    private static final Path SPI = PROJECT.resolve("apikeys-core/src/main/java/dev/apikeys/spi");
    private static final Pattern NUMBER = Pattern.compile("\\bS(\\d\\d)\\b");
    private static final Pattern SPAN = Pattern.compile("S(\\d\\d) to S(\\d\\d)");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| S(\\d\\d) \\|");

    @Test
    void eachRuleOfTheDocumentHasATestAndIsInTheJavadoc() {
        SortedSet<String> document = found(ROW, read(PROJECT.resolve("docs/spi-contract.md")));

        assertThat(document).hasSize(21).contains("01", "19", "21");
        assertThat(tested(ApiKeyStoreContract.class, TempKeyStoreContract.class))
                .isEqualTo(document);
        assertThat(specified()).isEqualTo(document);
    }

    @Test
    void theJavadocOfAnInterfaceNamesNoRuleThatItsTestsDoNot() {
        assertThat(tested(ApiKeyStoreContract.class)).containsAll(found(NUMBER, read(SPI.resolve("ApiKeyStore.java"))));
        assertThat(tested(TempKeyStoreContract.class))
                .containsAll(found(NUMBER, read(SPI.resolve("TempKeyStore.java"))));
    }

    private static SortedSet<String> tested(Class<?>... contracts) {
        return Arrays.stream(contracts)
                .flatMap(contract -> Arrays.stream(contract.getMethods()))
                .filter(method -> method.isAnnotationPresent(Test.class))
                .map(method -> method.getName().substring(1, 3))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static SortedSet<String> specified() {
        SortedSet<String> numbers = new TreeSet<>();
        for (String file : List.of("ApiKeyStore.java", "TempKeyStore.java")) {
            String javadoc = read(SPI.resolve(file));
            numbers.addAll(found(NUMBER, javadoc));
            SPAN.matcher(javadoc).results().forEach(span -> {
                for (int i = Integer.parseInt(span.group(1)); i <= Integer.parseInt(span.group(2)); i++) {
                    numbers.add(String.format(Locale.ROOT, "%02d", i));
                }
            });
        }
        return numbers;
    }

    private static SortedSet<String> found(Pattern pattern, String text) {
        Stream<String> numbers = pattern.matcher(text).results().map(found -> found.group(1));
        return numbers.collect(Collectors.toCollection(TreeSet::new));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
