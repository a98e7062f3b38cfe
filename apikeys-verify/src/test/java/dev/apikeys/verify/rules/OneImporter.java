package dev.apikeys.verify.rules;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.PackageMatcher;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Set;
import java.util.TreeSet;

/** At most one top-level class, in one package, depends on a library. */
final class OneImporter extends ArchCondition<JavaClass> {
    private final PackageMatcher library;
    private final PackageMatcher importers;
    private final Set<String> found = new TreeSet<>();

    OneImporter(String name, String library, String importers) {
        super("have one class in %s that imports %s", importers, name);
        this.library = PackageMatcher.of(library);
        this.importers = PackageMatcher.of(importers);
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        boolean imports = type.getDirectDependenciesFromSelf().stream()
                .anyMatch(dependency -> library.matches(
                        dependency.getTargetClass().getBaseComponentType().getPackageName()));
        if (!imports) {
            return;
        }
        found.add(Outermost.nameOf(type));
        if (!importers.matches(type.getPackageName())) {
            events.add(SimpleConditionEvent.violated(type, type.getName() + " imports the library"));
        }
    }

    @Override
    public void finish(ConditionEvents events) {
        if (found.size() > 1) {
            events.add(SimpleConditionEvent.violated(found, "imported by " + found));
        }
    }
}
