package dev.apikeys.verify.rules;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Set;
import java.util.TreeSet;

/** At most one place in one top-level class calls a method. */
final class OneCaller extends ArchCondition<JavaClass> {
    private final String owner;
    private final String method;
    private final Set<String> found = new TreeSet<>();

    OneCaller(String owner, String method) {
        super("call %s.%s in one place", owner, method);
        this.owner = owner;
        this.method = method;
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        type.getAccessesFromSelf().stream()
                .filter(access -> access.getName().equals(method))
                .filter(access -> access.getTargetOwner().isAssignableTo(owner))
                .map(access -> access.getSourceCodeLocation().toString())
                .forEach(found::add);
    }

    @Override
    public void finish(ConditionEvents events) {
        if (found.size() > 1) {
            events.add(SimpleConditionEvent.violated(found, owner + "." + method + " is called at " + found));
        }
    }
}
