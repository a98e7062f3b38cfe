package dev.apikeys.verify.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every public type is a decision for good: callers hold at most forty. What they never hold has rooms of its own. */
class PublicTypesTest {
    private static final int AT_MOST = 40;
    private static final int FILES_AT_MOST = 55;

    @Test
    void callersHoldAtMostFortyTypes() {
        assertThat(publicTypes(PublishedClasses.get(), "dev.apikeys")).hasSizeBetween(1, AT_MOST);
    }

    @Test
    void theEntryPackageHasAtMost55Files() {
        assertThat(files(PublishedClasses.get(), "dev.apikeys")).hasSizeBetween(1, FILES_AT_MOST);
    }

    @Test
    void aBigApiIsCounted() {
        JavaClasses big = new ClassFileImporter().importPackages("org.assertj.core.api");

        assertThat(publicTypes(big, "org.assertj.core.api")).hasSizeGreaterThan(AT_MOST);
        assertThat(files(big, "org.assertj.core.api")).hasSizeGreaterThan(FILES_AT_MOST);
    }

    private static List<String> publicTypes(JavaClasses classes, String in) {
        return files(classes, in).stream()
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .map(JavaClass::getName)
                .sorted()
                .toList();
    }

    /** Each has one top-level type; that of {@code package-info} counts. */
    private static List<JavaClass> files(JavaClasses classes, String in) {
        return classes.stream()
                .filter(type -> type.getPackageName().equals(in))
                .filter(JavaClass::isTopLevelClass)
                .toList();
    }
}
