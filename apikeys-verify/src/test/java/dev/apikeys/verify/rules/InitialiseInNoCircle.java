package dev.apikeys.verify.rules;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The JVM initialises a class under a lock of its own, and its superclass inside. Two classes that initialise each other
 * deadlock when two threads come to them from the two sides. A class initialises its superclass, its superinterfaces with
 * default methods, and what is made, called or read by its static initializer and by each method and constructor of ours
 * that this calls, and so on. A lambda counts as called where it is made; what overrides a method is not followed.
 */
final class InitialiseInNoCircle extends ArchCondition<JavaClass> {
    private final Map<String, Set<String>> initialises = new TreeMap<>();

    InitialiseInNoCircle() {
        super("initialise each other in no circle");
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        Set<String> needed = new TreeSet<>();
        type.getRawSuperclass().map(JavaClass::getName).ifPresent(needed::add);
        type.getAllRawInterfaces().stream()
                .filter(InitialiseInNoCircle::hasDefaultMethod)
                .map(JavaClass::getName)
                .forEach(needed::add);
        type.getStaticInitializer().ifPresent(initializer -> follow(initializer, needed, new HashSet<>()));
        needed.remove(type.getName());
        initialises.put(type.getName(), needed);
    }

    private static boolean hasDefaultMethod(JavaClass type) {
        return type.getMethods().stream()
                .anyMatch(method -> !method.getModifiers().contains(JavaModifier.ABSTRACT)
                        && !method.getModifiers().contains(JavaModifier.STATIC));
    }

    private static void follow(JavaCodeUnit unit, Set<String> needed, Set<JavaCodeUnit> seen) {
        if (!seen.add(unit)) {
            return;
        }
        for (JavaAccess<?> access : unit.getAccessesFromSelf()) {
            if (initialisesItsTarget(access)) {
                needed.add(access.getTargetOwner().getName());
            }
            if (access instanceof JavaCodeUnitAccess<?> call) {
                call.getTarget().resolveMember().ifPresent(called -> follow(called, needed, seen));
            }
        }
    }

    private static boolean initialisesItsTarget(JavaAccess<?> access) {
        return access.getTarget().getName().equals("<init>")
                || access.getTarget()
                        .resolveMember()
                        .map(member -> member.getModifiers().contains(JavaModifier.STATIC))
                        .orElse(false);
    }

    @Override
    public void finish(ConditionEvents events) {
        for (String name : initialises.keySet()) {
            if (reachable(name).contains(name)) {
                events.add(SimpleConditionEvent.violated(name, name + " is initialised in a circle: " + circle(name)));
            }
        }
    }

    private Set<String> circle(String name) {
        Set<String> circle = new TreeSet<>(reachable(name));
        circle.removeIf(other -> !reachable(other).contains(name));
        return circle;
    }

    private Set<String> reachable(String from) {
        Set<String> seen = new HashSet<>();
        collect(from, seen);
        return seen;
    }

    private void collect(String from, Set<String> seen) {
        for (String next : initialises.getOrDefault(from, Set.of())) {
            if (seen.add(next)) {
                collect(next, seen);
            }
        }
    }
}
