package dev.apikeys.verify.rules;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.PackageMatcher;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Of each of some groups of packages at most one top-level class depends on a library, and nobody else does. */
final class OneImporter extends ArchCondition<JavaClass> {
    private final PackageMatcher library;
    private final List<PackageMatcher> importers;
    private final Map<PackageMatcher, Set<String>> found = new HashMap<>();

    OneImporter(String name, String library, String... importers) {
        super("have one class in each of %s that imports %s", List.of(importers), name);
        this.library = PackageMatcher.of(library);
        this.importers = Stream.of(importers).map(PackageMatcher::of).toList();
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        boolean imports = type.getDirectDependenciesFromSelf().stream()
                .anyMatch(dependency -> library.matches(
                        dependency.getTargetClass().getBaseComponentType().getPackageName()));
        if (!imports) {
            return;
        }
        Optional<PackageMatcher> group = importers.stream()
                .filter(each -> each.matches(type.getPackageName()))
                .findFirst();
        if (group.isPresent()) {
            found.computeIfAbsent(group.get(), any -> new TreeSet<>()).add(Outermost.nameOf(type));
        } else {
            events.add(SimpleConditionEvent.violated(type, type.getName() + " imports the library"));
        }
    }

    @Override
    public void finish(ConditionEvents events) {
        found.values().stream()
                .filter(classes -> classes.size() > 1)
                .forEach(classes -> events.add(SimpleConditionEvent.violated(classes, "imported by " + classes)));
    }
}
