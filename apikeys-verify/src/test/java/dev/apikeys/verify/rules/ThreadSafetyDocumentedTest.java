package dev.apikeys.verify.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.apikeys.verify.planted.LeavesOpen;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The javadoc of every public type says whether threads may share it: read from the sources, where comments are. */
class ThreadSafetyDocumentedTest {

    @Test
    void everyPublicTypeSaysWhetherThreadsMayShareIt() {
        Stream<JavaClass> exported = PublishedClasses.get().stream()
                .filter(type -> !ApiRules.isInternal(type) && !type.isAnnotation() && !isMadeBySpring(type));

        assertThat(silent(exported, "main")).isEmpty();
    }

    @Test
    void aTypeThatSaysNothingIsFound() {
        Stream<JavaClass> planted = Stream.of(new ClassFileImporter().importClass(LeavesOpen.class));

        assertThat(silent(planted, "test")).containsExactly(LeavesOpen.class.getName());
    }

    /** Public for Boot, which makes it while one thread starts the service. */
    private static boolean isMadeBySpring(JavaClass type) {
        return type.isAnnotatedWith("org.springframework.boot.autoconfigure.AutoConfiguration");
    }

    private static List<String> silent(Stream<JavaClass> types, String sources) {
        return types.filter(JavaClass::isTopLevelClass)
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .filter(type -> !comment(type, sources).toLowerCase(Locale.ROOT).contains("thread"))
                .map(JavaClass::getName)
                .sorted()
                .toList();
    }

    private static String comment(JavaClass type, String sources) {
        Pattern comment = Pattern.compile(
                "/\\*\\*((?:(?!\\*/).)*)\\*/\\s+(?:@\\S+\\s+)*public [\\w -]*?(?:class|interface|record|enum) "
                        + type.getSimpleName() + "\\b",
                Pattern.DOTALL);
        return comment.matcher(read(source(type, sources)))
                .results()
                .findFirst()
                .map(MatchResult::group)
                .orElseThrow(() -> new AssertionError("no comment found for " + type.getName()));
    }

    /** The source of a class, in whichever module it is. */
    private static Path source(JavaClass type, String sources) {
        String file = "src/" + sources + "/java/" + type.getName().replace('.', '/') + ".java";
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            return modules.map(module -> module.resolve(file))
                    .filter(Files::exists)
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no source found for " + type.getName()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
