package dev.apikeys.verify.rules;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Which accesses, calls and method references alike, a rule is about. */
final class Uses {
    private Uses() {}

    /** What a rule lists, one use each. */
    @SafeVarargs
    static List<DescribedPredicate<JavaAccess<?>>> list(List<DescribedPredicate<JavaAccess<?>>>... uses) {
        List<DescribedPredicate<JavaAccess<?>>> all = new ArrayList<>();
        for (List<DescribedPredicate<JavaAccess<?>>> each : uses) {
            all.addAll(each);
        }
        return List.copyOf(all);
    }

    /** Each of the named methods on the named type or a subtype of it. */
    static List<DescribedPredicate<JavaAccess<?>>> each(String owner, String... methods) {
        return Stream.of(methods).map(method -> of(owner, method)).toList();
    }

    /** Each of the named methods where it takes no arguments. */
    static List<DescribedPredicate<JavaAccess<?>>> eachWithoutArguments(String owner, String... methods) {
        return Stream.of(methods).map(method -> withoutArguments(owner, method)).toList();
    }

    /** Each of the named methods where it is told how long. */
    static List<DescribedPredicate<JavaAccess<?>>> eachTimed(String owner, String... methods) {
        DescribedPredicate<JavaAccess<?>> timed = DescribedPredicate.describe(
                "timed", access -> access.getTarget().getFullName().contains("java.util.concurrent.TimeUnit"));
        return Stream.of(methods).map(method -> of(owner, method).and(timed)).toList();
    }

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
