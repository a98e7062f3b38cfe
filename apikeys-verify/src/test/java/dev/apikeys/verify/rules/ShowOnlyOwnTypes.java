package dev.apikeys.verify.rules;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.domain.properties.HasModifiers;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.stream.Stream;

/**
 * Supertypes, and the signatures of public and protected members, are made of our exported types and the JDK's. What fits
 * us into a server shows that server's.
 */
final class ShowOnlyOwnTypes extends ArchCondition<JavaClass> {

    ShowOnlyOwnTypes() {
        super("show only types of the JDK and exported ones of ours");
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        Stream<JavaType> supertypes = Stream.concat(type.getSuperclass().stream(), type.getInterfaces().stream());
        Stream<JavaType> fields =
                type.getFields().stream().filter(ShowOnlyOwnTypes::shown).map(JavaField::getType);
        Stream<JavaType> signatures =
                type.getCodeUnits().stream().filter(ShowOnlyOwnTypes::shown).flatMap(ShowOnlyOwnTypes::signature);

        Stream.of(supertypes, fields, signatures)
                .flatMap(types -> types)
                .flatMap(shown -> shown.getAllInvolvedRawTypes().stream())
                .map(JavaClass::getBaseComponentType)
                .filter(shown -> !isOurs(shown) && !isServedBy(type, shown))
                .forEach(shown ->
                        events.add(SimpleConditionEvent.violated(type, type.getName() + " shows " + shown.getName())));
    }

    static boolean shown(HasModifiers member) {
        return member.getModifiers().contains(JavaModifier.PUBLIC)
                || member.getModifiers().contains(JavaModifier.PROTECTED);
    }

    private static Stream<JavaType> signature(JavaCodeUnit unit) {
        return Stream.of(
                        Stream.of(unit.getReturnType()),
                        unit.getParameterTypes().stream(),
                        unit.getExceptionTypes().stream().map(JavaType.class::cast))
                .flatMap(types -> types);
    }

    private static boolean isServedBy(JavaClass type, JavaClass shown) {
        return switch (type.getPackageName()) {
            case "dev.apikeys.http.jdk" -> shown.getPackageName().equals("com.sun.net.httpserver");
            case "dev.apikeys.servlet" -> shown.getPackageName().startsWith("jakarta.servlet");
            case "dev.apikeys.micrometer" -> shown.getPackageName().startsWith("io.micrometer");
            case "dev.apikeys.spring" ->
                shown.getPackageName().startsWith("org.springframework")
                        || shown.getPackageName().startsWith("jakarta.servlet");
            default -> false;
        };
    }

    private boolean isOurs(JavaClass type) {
        String name = type.getPackageName();
        return type.isPrimitive()
                || name.startsWith("java.")
                || name.startsWith("javax.sql")
                || (name.startsWith("dev.apikeys") && !ApiRules.isInternal(type));
    }
}
