package dev.apikeys.verify.rules;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** At most one place of each package calls a method. */
final class OneCaller extends ArchCondition<JavaClass> {
    private final String owner;
    private final String method;
    private final Map<String, Set<String>> found = new TreeMap<>();

    OneCaller(String owner, String method) {
        super("call %s.%s in one place of a package", owner, method);
        this.owner = owner;
        this.method = method;
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        type.getAccessesFromSelf().stream()
                .filter(access -> access.getName().equals(method))
                .filter(access -> access.getTargetOwner().isAssignableTo(owner))
                .forEach(access -> found.computeIfAbsent(type.getPackageName(), name -> new TreeSet<>())
                        .add(access.getSourceCodeLocation().toString()));
    }

    @Override
    public void finish(ConditionEvents events) {
        found.values().stream()
                .filter(places -> places.size() > 1)
                .forEach(places -> events.add(
                        SimpleConditionEvent.violated(places, owner + "." + method + " is called at " + places)));
    }
}
