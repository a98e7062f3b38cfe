package dev.apikeys.verify.rules;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Set;

/** A call or method reference to a store, an authorizer or a listener stands in a gate class. */
final class CallHostCodeFromGatesOnly extends ArchCondition<JavaClass> {
    static final Set<String> HOST = Set.of(
            "dev.apikeys.spi.ApiKeyStore",
            "dev.apikeys.spi.TempKeyStore",
            "dev.apikeys.spi.Authorizer",
            "dev.apikeys.KeyListener",
            "dev.apikeys.OperationListener");

    /** The wrappers of host objects, and what calls through a gate of its own. */
    private static final Set<String> GATES = Set.of(
            ".internal.gate.GatedAuthorizer",
            ".internal.gate.GatedKeyStore",
            ".internal.gate.GatedTempStore",
            ".Emitter$Listening",
            ".Observers");

    private final String root;

    CallHostCodeFromGatesOnly(String root) {
        super("call host code from gates only");
        this.root = root;
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        if (isGate(type)) {
            return;
        }
        for (JavaAccess<?> access : type.getAccessesFromSelf()) {
            JavaClass owner = access.getTargetOwner();
            boolean host = HOST.stream().anyMatch(owner::isAssignableTo) && !isGate(owner);
            if (host && !access.getTarget().getName().equals("<init>")) {
                events.add(SimpleConditionEvent.violated(type, access.getDescription()));
            }
        }
    }

    private boolean isGate(JavaClass type) {
        return GATES.stream()
                .map(gate -> root + gate)
                .anyMatch(gate -> type.getName().equals(gate) || type.getName().startsWith(gate + "$"));
    }
}
