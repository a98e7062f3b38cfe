package dev.apikeys.verify.rules;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a static field holds never changes. Whatever its declared type, the object that the initialised class has there is
 * looked at: a value of the JDK or of a library that is known not to change, an unmodifiable collection of such values,
 * or an object of ours of which every field is final and holds such values. Arrays change, and so do builders: each that
 * is shared is listed with its reason.
 */
final class HoldNoState extends ArchCondition<JavaClass> {

    /** Values, and what a library says to be immutable once it is built: loggers, patterns, Jackson's readers. */
    private static final Pattern VALUE =
            Pattern.compile("java\\.lang\\.(String|Boolean|Character|Byte|Short|Integer|Long|Float|Double|Class)"
                    + "|java\\.time\\..*|java\\.util\\.(HexFormat|regex\\.Pattern)"
                    + "|com\\.fasterxml\\.jackson\\.core\\.JsonFactory"
                    + "|org\\.slf4j\\.Logger");

    private static final Pattern UNMODIFIABLE =
            Pattern.compile("java\\.util\\.(ImmutableCollections|Collections)\\$(Unmodifiable|Empty|List|Set|Map)\\w*");

    /** Arrays that are private, filled where they are made, and after that read by index, copied or hashed. */
    private static final Set<String> TABLES = Set.of(
            "dev.apikeys.KeyFormat$Native.prefix",
            "dev.apikeys.internal.text.SortedNames.names",
            "dev.apikeys.internal.crypto.TicketSeal.INFO_AND_ONE",
            "dev.apikeys.internal.crypto.TicketSeal.NO_SALT",
            "dev.apikeys.internal.crypto.TicketSeal.PREFIX",
            "dev.apikeys.internal.text.Ulid.DIGITS",
            "dev.apikeys.internal.text.Ulid.IS_DIGIT",
            "dev.apikeys.internal.rows.JournalDetails.LONGEST",
            "dev.apikeys.Verifier.NOBODY",
            "dev.apikeys.internal.text.Base62.ALPHABET",
            "dev.apikeys.internal.text.Base62.IS_DIGIT");

    /** Builders that are filled in one expression and, once what holds them is made, only read. */
    private static final Set<String> BUILT = Set.of("dev.apikeys.jdbc.internal.Dialect$Definition");

    HoldNoState() {
        super("hold nothing that changes in static fields");
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        Stream.of(type.reflect().getDeclaredFields())
                .filter(field -> Modifier.isStatic(field.getModifiers()) && !field.isSynthetic())
                .filter(field -> !isUnchanging(field, null))
                .forEach(field -> events.add(SimpleConditionEvent.violated(type, nameOf(field) + " can change")));
    }

    private static boolean isUnchanging(Field field, @Nullable Object holder) {
        if (field.getType().isPrimitive()
                || VALUE.matcher(field.getType().getName()).matches()) {
            return true;
        }
        field.setAccessible(true);
        try {
            return TABLES.contains(nameOf(field)) || isUnchanging(field.get(holder));
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isUnchanging(@Nullable Object value) {
        if (value == null) {
            return true;
        }
        Class<?> type = value.getClass();
        if (type.isArray()) {
            return Array.getLength(value) == 0;
        }
        if (isOurs(type)) {
            boolean built = BUILT.contains(type.getName());
            return fields(type)
                    .allMatch(field -> (built || Modifier.isFinal(field.getModifiers())) && isUnchanging(field, value));
        }
        if (UNMODIFIABLE.matcher(type.getName()).matches()) {
            return contents(value).allMatch(HoldNoState::isUnchanging);
        }
        return type.isHidden() || VALUE.matcher(type.getName()).matches(); // hidden: a lambda of the JDK's own
    }

    private static boolean isOurs(Class<?> type) {
        return type.getName().startsWith("dev.apikeys");
    }

    private static Stream<?> contents(Object collection) {
        return collection instanceof Map<?, ?> map
                ? Stream.concat(map.keySet().stream(), map.values().stream())
                : ((Collection<?>) collection).stream();
    }

    private static Stream<Field> fields(Class<?> type) {
        return Stream.<Class<?>>iterate(type, HoldNoState::isOurs, Class::getSuperclass)
                .flatMap(each -> Arrays.stream(each.getDeclaredFields()))
                .filter(field -> !Modifier.isStatic(field.getModifiers()));
    }

    private static String nameOf(Field field) {
        return field.getDeclaringClass().getName() + "." + field.getName();
    }
}
