package dev.apikeys.verify.rules;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The JVM initialises a class under a lock of its own, and its superclass inside. Two classes that initialise each other
 * deadlock when two threads come to them from the two sides. A class initialises what its static initializer makes, calls
 * or reads, and its superclass.
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
        type.getStaticInitializer().stream()
                .flatMap(InitialiseInNoCircle::accesses)
                .filter(InitialiseInNoCircle::initialisesItsTarget)
                .map(access -> access.getTargetOwner().getName())
                .filter(name -> !name.equals(type.getName()))
                .forEach(needed::add);
        initialises.put(type.getName(), needed);
    }

    private static Stream<JavaAccess<?>> accesses(JavaCodeUnit initializer) {
        return initializer.getAccessesFromSelf().stream().filter(access -> !access.isDeclaredInLambda());
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
