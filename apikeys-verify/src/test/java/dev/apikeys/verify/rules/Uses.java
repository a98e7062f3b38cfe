package dev.apikeys.verify.rules;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import java.util.Set;

/** Which accesses, calls and method references alike, a rule is about. */
final class Uses {
    private Uses() {}

    /** One of the named methods on the named type or a subtype of it. */
    static DescribedPredicate<JavaAccess<?>> of(String owner, String... methods) {
        Set<String> names = Set.of(methods);
        return DescribedPredicate.describe(
                owner + " " + names,
                access -> names.contains(access.getName())
                        && access.getTargetOwner().isAssignableTo(owner));
    }

    /** The named method without arguments on the named type or a subtype of it. */
    static DescribedPredicate<JavaAccess<?>> withoutArguments(String owner, String... methods) {
        return DescribedPredicate.describe(
                "no arguments",
                access -> of(owner, methods).test(access)
                        && access.getTarget().getFullName().endsWith("()"));
    }

    /** The named method with an argument at least on the named type or a subtype of it. */
    static DescribedPredicate<JavaAccess<?>> withArguments(String owner, String... methods) {
        return of(owner, methods).and(DescribedPredicate.not(withoutArguments(owner, methods)));
    }
}
