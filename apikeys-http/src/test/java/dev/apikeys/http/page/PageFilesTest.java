package dev.apikeys.http.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for the files of the page without a browser. */
class PageFilesTest {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\w+}");
    private static final int MOST_BYTES = 100 * 1024;

    @Test
    void allOfItIsSmall() throws IOException {
        long bytes = 0;
        for (Path file : files("")) {
            bytes += Files.size(file);
        }
        assertThat(bytes).isLessThan(MOST_BYTES);
    }

    @Test
    void bothLanguagesHaveTheSameTextsWithTheSamePlaceholders() throws IOException {
        Map<String, String> english = Texts.of("en");
        Map<String, String> chinese = Texts.of("zh");
        assertThat(chinese).containsOnlyKeys(english.keySet());
        english.forEach((key, text) -> {
            assertThat(placeholders(chinese.get(key))).as(key).isEqualTo(placeholders(text));
            assertThat(chinese.get(key)).as(key).isNotBlank();
        });
    }

    /** Else the page would be tested on keys that no server sends. */
    @Test
    void theKeyOfTheTestsHasTheFieldsOfTheApi() throws IOException {
        JsonNode api = new ObjectMapper()
                .readTree(Texts.PAGE.resolveSibling("openapi.json").toFile());
        Set<String> fields = new TreeSet<>();
        api.at("/components/schemas/ApiKey/properties").fieldNames().forEachRemaining(fields::add);
        Set<String> tested = new TreeSet<>();
        Answers.key("ci deploy").fieldNames().forEachRemaining(tested::add);
        assertThat(tested).isEqualTo(fields);
    }

    /** Keys that are put together from parts are tested where they are seen. */
    @Test
    void everyTextThatIsNamedExists() throws IOException {
        Set<String> named = new TreeSet<>();
        for (Path file : files(".js")) {
            Pattern.compile("\\bt\\(\\s*'([^']+)'")
                    .matcher(Files.readString(file))
                    .results()
                    .map(r -> r.group(1))
                    .forEach(named::add);
        }
        assertThat(named).hasSizeGreaterThan(100).isSubsetOf(Texts.of("en").keySet());
    }

    /** The policy of the page would refuse most of it; what is refused at run time is found late. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "innerHTML",
                "outerHTML",
                "insertAdjacent",
                "document\\.write",
                "eval\\(",
                "new Function",
                "localStorage",
                "sessionStorage",
                "indexedDB",
                "document\\.cookie",
                "https?://[^\\s$*]*[a-z]\\.[a-z]",
                " style=",
                "<script>",
                "onclick=",
                "(src|href)=\"/",
                "fetch\\(['`]/"
            })
    void thereIsNone(String pattern) throws IOException {
        for (Path file : files("")) {
            if (!file.toString().endsWith("icon.svg")) {
                assertThat(Pattern.compile(pattern)
                                .matcher(Files.readString(file))
                                .results()
                                .map(MatchResult::group))
                        .as("%s", file)
                        .isEmpty();
            }
        }
    }

    @Test
    void everyRequestRefusesRedirectsAndEndsInTime() throws IOException {
        for (Path file : files(".js")) {
            String text = Files.readString(file);
            int fetches = count(text, "\\bfetch\\(");
            assertThat(count(text, "redirect: 'manual'")).as("%s", file).isEqualTo(fetches);
            assertThat(count(text, "AbortSignal.timeout\\(10_000\\)"))
                    .as("%s", file)
                    .isEqualTo(fetches);
        }
    }

    private static int count(String text, String pattern) {
        return (int) Pattern.compile(pattern).matcher(text).results().count();
    }

    private static List<Path> files(String ending) throws IOException {
        try (Stream<Path> files = Files.list(Texts.PAGE)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .toList();
        }
    }

    private static Set<String> placeholders(String text) {
        return PLACEHOLDER
                .matcher(text)
                .results()
                .map(MatchResult::group)
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
