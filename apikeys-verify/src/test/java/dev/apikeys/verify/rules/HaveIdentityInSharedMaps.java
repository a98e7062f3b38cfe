package dev.apikeys.verify.rules;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaParameterizedType;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * A {@link ConcurrentHashMap} compares keys and values while it holds the lock of a bin. Strings may be compared there, and
 * objects by identity; what compares in any other way is code that nobody has looked at.
 */
final class HaveIdentityInSharedMaps extends ArchCondition<JavaClass> {
    private static final Set<String> MAPS = Set.of(ConcurrentHashMap.class.getName(), ConcurrentMap.class.getName());

    HaveIdentityInSharedMaps() {
        super("have strings or identity in shared maps");
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        for (JavaField field : type.getFields()) {
            if (isSharedMap(type, field)) {
                for (JavaType held : arguments(field)) {
                    if (!isHarmless(held.toErasure())) {
                        String what = field.getFullName() + " compares " + held.getName() + " under a bin";
                        events.add(SimpleConditionEvent.violated(type, what));
                    }
                }
            }
        }
    }

    private static boolean isSharedMap(JavaClass type, JavaField field) {
        String name = field.getRawType().getName();
        return MAPS.contains(name) || (name.equals(Set.class.getName()) && makesKeySets(type));
    }

    private static boolean makesKeySets(JavaClass type) {
        return type.getAccessesFromSelf().stream()
                .anyMatch(access -> access.getName().equals("newKeySet"));
    }

    private static List<JavaType> arguments(JavaField field) {
        return field.getType() instanceof JavaParameterizedType map ? map.getActualTypeArguments() : List.of();
    }

    private static boolean isHarmless(JavaClass held) {
        return held.isEquivalentTo(String.class) || comparesByIdentity(held);
    }

    /** Without an {@code equals}, or with one of ours that asks nobody. */
    private static boolean comparesByIdentity(JavaClass held) {
        return !inheritsOrDeclaresEquals(held)
                || (held.getPackageName().startsWith("dev.apikeys")
                        && !held.isRecord()
                        && held.tryGetMethod("equals", Object.class)
                                .filter(equals -> equals.getAccessesFromSelf().isEmpty())
                                .isPresent());
    }

    private static boolean inheritsOrDeclaresEquals(JavaClass held) {
        try {
            Class<?> declarer = held.reflect().getMethod("equals", Object.class).getDeclaringClass();
            return declarer != Object.class && declarer != Enum.class;
        } catch (NoSuchMethodException e) {
            throw new AssertionError(e);
        }
    }
}
