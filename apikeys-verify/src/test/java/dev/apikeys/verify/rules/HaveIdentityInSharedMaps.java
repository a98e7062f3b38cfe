package dev.apikeys.verify.rules;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaParameterizedType;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.AbstractMap;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * A {@link ConcurrentHashMap} compares keys and values while it holds the lock of a bin. Strings may be compared there, and
 * objects by identity; what compares in any other way is code that nobody has looked at.
 */
final class HaveIdentityInSharedMaps extends ArchCondition<JavaClass> {
    private static final Set<String> MAPS = Set.of(ConcurrentHashMap.class.getName(), ConcurrentMap.class.getName());
    private static final Set<Class<?>> SUPERTYPES =
            Set.of(Map.class, AbstractMap.class, Set.class, Collection.class, ConcurrentHashMap.KeySetView.class);

    HaveIdentityInSharedMaps() {
        super("have strings or identity in shared maps");
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        boolean makesMaps = makesMaps(type);
        for (JavaField field : type.getFields()) {
            if (isSharedMap(field.getRawType(), makesMaps)) {
                for (JavaType held : held(field)) {
                    if (!isHarmless(held.toErasure())) {
                        String what = field.getFullName() + " compares " + held.getName() + " under a bin";
                        events.add(SimpleConditionEvent.violated(type, what));
                    }
                }
            }
        }
    }

    /** Declared as one; or declared as some map or collection in a class that makes one. */
    private static boolean isSharedMap(JavaClass declared, boolean makesMaps) {
        return MAPS.contains(declared.getName())
                || (makesMaps && SUPERTYPES.stream().anyMatch(declared::isEquivalentTo));
    }

    private static boolean makesMaps(JavaClass type) {
        return type.getAccessesFromSelf().stream()
                .anyMatch(access -> access.getTargetOwner().isEquivalentTo(ConcurrentHashMap.class)
                        && (access.getName().equals("<init>")
                                || access.getName().equals("newKeySet")));
    }

    /** A raw type holds anything. */
    private static List<JavaType> held(JavaField field) {
        return field.getType() instanceof JavaParameterizedType map
                ? map.getActualTypeArguments()
                : List.of(field.getRawType());
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
