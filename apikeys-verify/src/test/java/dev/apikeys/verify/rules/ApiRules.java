package dev.apikeys.verify.rules;

import static com.tngtech.archunit.core.domain.properties.HasModifiers.Predicates.modifier;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.GeneralCodingRules;
import dev.apikeys.verify.planted.ComparesBytes;
import dev.apikeys.verify.planted.ConfigOfPlanted;
import dev.apikeys.verify.planted.ExposesArray;
import dev.apikeys.verify.planted.ExposesJackson;
import dev.apikeys.verify.planted.ExposesSecret;
import dev.apikeys.verify.planted.LeavesOpen;
import dev.apikeys.verify.planted.PlantedImpl;
import dev.apikeys.verify.planted.Prints;
import dev.apikeys.verify.planted.SerializesSecret;
import java.io.Serializable;
import java.util.List;

/** What callers see: few names, good names, no library of ours, no way for a secret to leave unseen. */
final class ApiRules {
    private static final DescribedPredicate<JavaClass> IS_SECRET =
            DescribedPredicate.describe("is a Secret", type -> type.getName().equals("dev.apikeys.Secret"));

    private ApiRules() {}

    static List<HouseRule> all() {
        return List.of(
                HouseRule.of(
                        "no record has a secret or an array for a component",
                        root -> recordsHoldNoSecrets(),
                        ExposesSecret.class,
                        ExposesArray.class),
                HouseRule.of(
                        "nothing serializable holds a secret",
                        root -> serializableHoldsNoSecrets(),
                        SerializesSecret.class),
                HouseRule.ofUses(
                        "bytes are compared in constant time: by MessageDigest.isEqual alone",
                        List.of(bytes("equals"), bytes("mismatch"), bytes("compare")),
                        ComparesBytes.class),
                HouseRule.of(
                        "names say what a type is",
                        root -> noClasses()
                                .should()
                                .haveNameMatching(".*[.$](\\w*(Impl|Utils?|Helper|Config)|Base[A-Z]\\w*)"),
                        PlantedImpl.class,
                        ConfigOfPlanted.Config.class),
                HouseRule.of(
                        "the API shows no library and nothing internal",
                        root -> classes()
                                .that(isExported())
                                .should(new ShowOnlyOwnTypes())
                                .allowEmptyShould(true),
                        ExposesJackson.class),
                HouseRule.of("nobody extends a public class", root -> publicClassesAreClosed(), LeavesOpen.class),
                HouseRule.of(
                        "nothing is printed",
                        root -> GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS,
                        Prints.class));
    }

    private static DescribedPredicate<JavaAccess<?>> bytes(String method) {
        return Uses.of("java.util.Arrays", method)
                .and(DescribedPredicate.describe(
                        "of bytes", access -> access.getTarget().getFullName().contains("([B,")));
    }

    private static ArchRule recordsHoldNoSecrets() {
        return noFields()
                .that(DescribedPredicate.not(modifier(JavaModifier.STATIC)))
                .and()
                .areDeclaredInClassesThat(DescribedPredicate.describe("are records", JavaClass::isRecord))
                .should()
                .haveRawType(IS_SECRET.or(DescribedPredicate.describe("is an array", JavaClass::isArray)))
                .allowEmptyShould(true);
    }

    private static ArchRule serializableHoldsNoSecrets() {
        DescribedPredicate<JavaClass> isBytes =
                DescribedPredicate.describe("is byte[]", type -> type.isEquivalentTo(byte[].class));
        return noFields()
                .that(DescribedPredicate.not(modifier(JavaModifier.STATIC)))
                .and()
                .areDeclaredInClassesThat()
                .areAssignableTo(Serializable.class)
                .should()
                .haveRawType(IS_SECRET.or(isBytes))
                .allowEmptyShould(true);
    }

    /** A class is closed to others if it is final or no constructor of it can be reached. */
    private static ArchRule publicClassesAreClosed() {
        DescribedPredicate<JavaClass> canBeExtended = DescribedPredicate.describe(
                "can be extended",
                type -> !type.getModifiers().contains(JavaModifier.FINAL)
                        && type.getConstructors().stream().anyMatch(ShowOnlyOwnTypes::shown));
        return noClasses()
                .that(isExported())
                .and()
                .areNotAssignableTo(Throwable.class)
                .and(DescribedPredicate.describe(
                        "are not sealed", type -> !type.reflect().isSealed()))
                .should(ArchCondition.from(canBeExtended))
                .allowEmptyShould(true);
    }

    private static DescribedPredicate<JavaClass> isExported() {
        return DescribedPredicate.describe("are public and exported", type -> isPublic(type) && !isInternal(type));
    }

    /** Exported to none but modules of ours, if at all. */
    static boolean isInternal(JavaClass type) {
        return (type.getPackageName() + ".").contains(".internal.");
    }

    private static boolean isPublic(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.PUBLIC)
                && type.getEnclosingClass().map(ApiRules::isPublic).orElse(true);
    }
}
