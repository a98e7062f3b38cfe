package dev.apikeys.examples;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import dev.apikeys.ApiKeys;
import dev.apikeys.Roles;
import dev.apikeys.Verification;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Reads the README and the guides as their readers do: Java that compiles, links that lead somewhere, a README that shows
 * the code on the first screen.
 */
class DocumentsTest {
    private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)^```$");
    private static final Pattern SNIPPET =
            Pattern.compile("(?ms)^ *// snippet: ([^\\n]+)\\n(.*?)^ *// end of snippet$");
    private static final Pattern TEST = Pattern.compile("`([A-Z]\\w*Test)(?:\\.(\\w+))?`");
    private static final Pattern LOGGED = Pattern.compile("(?i)\\blog\\.(?:warn|error)\\(\\s*\"([^\"]+)\"");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");

    @Test
    void theJavaOfEachDocumentIsCompiled() {
        Map<String, String> snippets = snippets();
        for (Path document : documents()) {
            for (String java : blocks(document, "java")) {
                assertThat(snippets)
                        .as("a snippet of the sources that is this Java of %s:%n%s", document.getFileName(), java)
                        .containsValue(java);
            }
        }
    }

    @Test
    void everySnippetIsInTheDocumentThatItNames() {
        snippets().forEach((name, java) -> {
            Path document = PROJECT.resolve(name.replaceFirst(",.*", ""));
            assertThat(blocks(document, "java")).as(name).contains(java);
        });
    }

    @Test
    void everyLinkLeadsToAFileAndToAHeading() {
        for (Path document : documents()) {
            Matcher link = LINK.matcher(BLOCK.matcher(read(document)).replaceAll(""));
            while (link.find()) {
                assertLeadsSomewhere(document, link.group(1));
            }
        }
    }

    private static void assertLeadsSomewhere(Path document, String link) {
        if (link.contains("://")) {
            return;
        }
        String[] parts = link.split("#", 2);
        Path target = parts[0].isEmpty() ? document : document.resolveSibling(parts[0]);
        assertThat(target).as("%s in %s", link, document.getFileName()).exists();
        if (parts.length == 2) {
            assertThat(anchors(target))
                    .as("%s in %s", link, document.getFileName())
                    .contains(parts[1]);
        }
    }

    @Test
    void theReadmeShowsWhatToDependOnAndTheCodeOnTheFirstScreen() {
        List<String> lines = read(readme()).lines().toList();
        assertThat(lines).hasSizeLessThanOrEqualTo(150);
        assertThat(lines.indexOf("</dependency>")).isBetween(1, 11);
        int java = lines.indexOf("```java") + 1;
        int end = java + lines.subList(java, lines.size()).indexOf("```");
        assertThat(end).as("the last line of Java").isLessThanOrEqualTo(30);
        assertThat(end - java).isEqualTo(15);
    }

    @Test
    void theTwoCommandsAreLinesOfOneBlockAndRunInCi() {
        List<List<String>> commands = blocks(readme(), "sh").stream()
                .map(block -> block.lines().toList())
                .filter(block -> block.stream().allMatch(line -> line.startsWith("mvn ")))
                .toList();
        assertThat(commands).hasSize(1);
        assertThat(commands.get(0)).hasSize(2);
        assertThat(read(PROJECT.resolve(".ci/run")).lines()).containsAll(commands.get(0));
    }

    @Test
    void everyGuideIsReachedFromTheReadme() {
        String readme = read(readme());
        for (Path guide : markdown(PROJECT.resolve("docs"))) {
            assertThat(readme).contains("(docs/" + guide.getFileName() + ")");
        }
    }

    @Test
    void everyGuideAsksOneQuestion() {
        for (Path guide : markdown(PROJECT.resolve("docs"))) {
            List<String> titles = BLOCK.matcher(read(guide))
                    .replaceAll("")
                    .lines()
                    .filter(line -> line.startsWith("# "))
                    .toList();
            assertThat(titles)
                    .as(guide.getFileName().toString())
                    .singleElement(STRING)
                    .endsWith("?");
        }
    }

    /** Words without a subject, over which readers stumble whose first language is another. */
    @Test
    void noDocumentUsesPronounsForAnyone() {
        for (Path document : documents()) {
            assertThat(BLOCK.matcher(read(document)).replaceAll(""))
                    .as(document.getFileName().toString())
                    .doesNotContainPattern("(?i)\\b(who(so)?ever|whatever|(some|no|any)body)\\b");
        }
    }

    @Test
    void theGuideOfCodesHasEachInOrder() {
        List<String> named = read(PROJECT.resolve("docs/codes.md"))
                .lines()
                .map(Pattern.compile("^\\| `([A-Z_]+)` ")::matcher)
                .filter(Matcher::find)
                .map(row -> row.group(1))
                .toList();
        assertThat(named)
                .containsExactlyElementsOf(Arrays.stream(Verification.Code.values())
                        .map(Enum::name)
                        .toList());
    }

    /** An operator searches for the line that the log shows; the guide must not explain lines that are never written. */
    @Test
    void everyWarningOfTheLogIsExplained() {
        List<String> messages = warnings();
        String section =
                section(PROJECT.resolve("docs/monitoring.md"), "## Lines of the log", "### Classes in the log");
        List<String> explained = codes(section);
        List<String> rows = section.lines()
                .filter(line -> line.startsWith("| `"))
                .flatMap(line -> codes(line.split(" \\| ", 2)[0]).stream())
                .toList();

        assertThat(messages)
                .hasSizeGreaterThan(30)
                .allSatisfy(message -> assertThat(explained)
                        .as(message)
                        .anyMatch(text -> text.contains(" ") && message.startsWith(text)));
        assertThat(rows)
                .hasSizeGreaterThan(30)
                .allSatisfy(row -> assertThat(messages).as(row).anyMatch(message -> message.startsWith(row)));
    }

    /** The messages at WARN and ERROR of the modules that a service runs; of long ones the first piece. */
    private static List<String> warnings() {
        try (Stream<Path> files = Files.find(
                PROJECT,
                20,
                (file, attributes) -> PROJECT.relativize(file)
                        .toString()
                        .matches("apikeys-(?!benchmarks|examples|tck)[a-z-]+/src/main/java/.*\\.java"))) {
            return files.flatMap(file -> LOGGED.matcher(read(file)).results())
                    .map(logged -> logged.group(1).replace("{}", "…"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String section(Path document, String from, String to) {
        String text = read(document);
        return text.substring(text.indexOf(from), text.indexOf(to));
    }

    private static List<String> codes(String markdown) {
        return CODE.matcher(markdown).results().map(code -> code.group(1)).toList();
    }

    /** The names of nested classes, as a log shows them. */
    @Test
    void everyClassThatTheLogMayShowExists() {
        List<String> named =
                codes(section(PROJECT.resolve("docs/monitoring.md"), "### Classes in the log", "| any other")).stream()
                        .filter(name -> name.contains("$"))
                        .toList();

        assertThat(named)
                .hasSize(4)
                .allSatisfy(name -> assertThatCode(() -> Class.forName(
                                "dev.apikeys.jdbc.internal." + name,
                                false,
                                getClass().getClassLoader()))
                        .doesNotThrowAnyException());
    }

    /** Else a test that was renamed leaves a claim behind that nothing shows. */
    @Test
    void everyTestThatADocumentNamesExists() {
        Map<String, String> tests = tests();
        int named = 0;
        for (Path document : documents()) {
            Matcher name = TEST.matcher(read(document));
            while (name.find()) {
                String place = name.group() + " in " + document.getFileName();
                assertThat(tests).as(place).containsKey(name.group(1));
                if (name.group(2) != null) {
                    assertThat(tests.get(name.group(1))).as(place).contains(" void " + name.group(2) + "(");
                }
                named++;
            }
        }
        assertThat(named).isGreaterThan(50);
    }

    /** The text of each test class by its simple name; of those that share one, together. */
    private static Map<String, String> tests() {
        Map<String, String> texts = new HashMap<>();
        try (Stream<Path> files = Files.find(
                PROJECT,
                20,
                (file, attributes) -> file.toString().matches(".*/apikeys-[a-z-]+/src/test/java/.*Test\\.java"))) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString().replace(".java", "");
                texts.merge(name, read(file), String::concat);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return texts;
    }

    @Test
    void theGuideGivesTheDefaultsThatTheBuilderHas() throws ReflectiveOperationException {
        ApiKeys.Builder builder = ApiKeys.builder(new InMemoryApiKeyStore());
        Map<String, @Nullable Object> defaults = new LinkedHashMap<>();
        for (Field field : ApiKeys.Builder.class.getDeclaredFields()) {
            field.setAccessible(true);
            defaults.put(field.getName(), field.get(builder));
        }
        assertThat(defaults)
                .containsEntry("authorizer", null)
                .containsEntry("pepper", null)
                .containsEntry("defaultLifetime", null)
                .containsEntry("maxLifetime", null)
                .containsEntry("retention", null)
                .containsEntry("operationTimeout", null)
                .containsEntry("listeners", List.of())
                .containsEntry("roles", Roles.standard());
        assertThat(read(PROJECT.resolve("docs/settings.md")))
                .contains("| `cacheMaxAge`, `cacheSize`, `staleOnOutage` | " + seconds(defaults, "cacheMaxAge")
                        + ", 10 000 entries, zero:")
                .contains("| `maintenanceInterval` | " + seconds(defaults, "maintenanceInterval") + ",")
                .contains("| `stallThreshold` | " + seconds(defaults, "stallThreshold") + " until")
                .contains("| `roles` | "
                        + Roles.standard().asMap().keySet().stream()
                                .map(role -> "`" + role + "`")
                                .collect(joining(", "))
                        + " |");
        assertThat(defaults).containsEntry("cacheSize", 10_000);
        assertThat(InMemoryTempKeyStore.DEFAULT_MAX_LIVE).isEqualTo(10_000);
    }

    private static String seconds(Map<String, @Nullable Object> defaults, String name) {
        return ((Duration) Objects.requireNonNull(defaults.get(name))).toSeconds() + " s";
    }

    /** A module cannot see the test resources of another one, so each has a copy. */
    @Test
    void whatIsKeptTwiceIsTheSame() {
        assertSameFile("legacy-api-keys.sql", "apikeys-import");
        assertSameFile("stored-permissions.jsonl", "apikeys-core");
    }

    private static void assertSameFile(String name, String module) {
        assertThat(PROJECT.resolve("apikeys-examples/src/main/resources").resolve(name))
                .hasSameBinaryContentAs(
                        PROJECT.resolve(module).resolve("src/test/resources").resolve(name));
    }

    /** What is said to be enough is what a program outside of this build is tried with. */
    @Test
    void theOldestJacksonIsTheSameWhereverItIsNamedAndIsTried() {
        Matcher tried = Pattern.compile("<jackson.version>((\\d+\\.\\d+)\\.\\d+)<")
                .matcher(read(PROJECT.resolve("consumers/classpath/pom.xml")));
        assertThat(tried.find()).isTrue();
        String floor = tried.group(2);
        assertThat(read(PROJECT.resolve("docs/compatibility.md")))
                .contains("| Jackson (`jackson-core`) | " + floor + " | " + tried.group(1) + " and ");
        assertThat(read(PROJECT.resolve("CONTRIBUTING.md"))).contains("| jackson-core, " + floor + " or later |");
        assertThat(read(PROJECT.resolve("apikeys-core/src/main/java/dev/apikeys/package-info.java")))
                .contains("jackson-core " + floor + " or later");
    }

    @Test
    void nothingIsLeftToBeFilledIn() {
        for (Path document : documents()) {
            assertThat(read(document))
                    .as(document.getFileName().toString())
                    .doesNotContainPattern("(?i)\\b(todo|tbd|fixme|lorem ipsum|coming soon)\\b");
        }
    }

    private static Path readme() {
        return PROJECT.resolve("README.md");
    }

    private static List<Path> documents() {
        return Stream.concat(markdown(PROJECT).stream(), markdown(PROJECT.resolve("docs")).stream())
                .toList();
    }

    private static List<Path> markdown(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> blocks(Path document, String language) {
        return BLOCK.matcher(read(document))
                .results()
                .filter(block -> block.group(1).equals(language))
                .map(block -> block.group(2))
                .toList();
    }

    private static Map<String, String> snippets() {
        Map<String, String> snippets = new LinkedHashMap<>();
        for (String module : List.of("apikeys-examples", "apikeys-micrometer", "apikeys-spring-boot-starter")) {
            try (Stream<Path> sources = Files.walk(PROJECT.resolve(module + "/src"))) {
                sources.filter(file -> file.toString().endsWith(".java"))
                        .forEach(source -> SNIPPET.matcher(read(source))
                                .results()
                                .forEach(found -> snippets.put(
                                        found.group(1),
                                        found.group(2).stripTrailing().stripIndent() + "\n")));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return snippets;
    }

    /** The anchors of a document's headings, made as GitHub makes them. */
    private static List<String> anchors(Path document) {
        List<String> anchors = new ArrayList<>();
        BLOCK.matcher(read(document))
                .replaceAll("")
                .lines()
                .filter(line -> line.startsWith("#"))
                .forEach(heading -> {
                    String text = heading.replaceFirst("#+ *", "").toLowerCase(Locale.ROOT);
                    anchors.add(text.replaceAll("[^\\w\\- ]", "").replace(' ', '-'));
                });
        return anchors;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
