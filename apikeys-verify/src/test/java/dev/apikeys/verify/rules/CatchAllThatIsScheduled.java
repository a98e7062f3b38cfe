package dev.apikeys.verify.rules;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaFieldAccess;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.concurrent.Callable;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * A scheduler never comes back to a task that throws. So a task of ours is a class, and calls and throws nothing outside
 * of a {@code try} that catches {@link Throwable}, but the log and {@code Failures.shown}, of which the same holds. Where tasks are scheduled there is nothing of which only
 * the interface is known: no lambda, no parameter, no field and no result of a call.
 */
final class CatchAllThatIsScheduled extends ArchCondition<JavaClass> {
    private static final String FAILURES = "dev.apikeys.internal.text.Failures";

    private final String root;

    CatchAllThatIsScheduled(String root) {
        super("catch all that is thrown in what is scheduled");
        this.root = root;
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        if (isTask(type) || type.getName().equals(FAILURES)) {
            ClassFiles.read(type, new Scan(type, events));
        }
        for (JavaCodeUnit unit : type.getCodeUnits()) {
            if (schedules(unit) && (makesFunctions(unit) || seesUnknownTasks(unit))) {
                report(type, unit.getName(), "may schedule a task that nobody has looked at", events);
            }
        }
    }

    private static boolean isTask(JavaClass type) {
        return type.isAssignableTo(Runnable.class) || type.isAssignableTo(Callable.class);
    }

    private static boolean schedules(JavaCodeUnit unit) {
        return unit.getAccessesFromSelf().stream()
                .anyMatch(access -> access.getName().startsWith("schedule")
                        && access.getTargetOwner().isAssignableTo(ScheduledExecutorService.class));
    }

    private static boolean makesFunctions(JavaCodeUnit unit) {
        return !unit.getCodeUnitReferencesFromSelf().isEmpty()
                || unit.getAccessesFromSelf().stream().anyMatch(JavaAccess::isDeclaredInLambda);
    }

    private boolean seesUnknownTasks(JavaCodeUnit unit) {
        Stream<JavaClass> parameters = unit.getRawParameterTypes().stream();
        Stream<JavaClass> touched = unit.getAccessesFromSelf().stream().map(CatchAllThatIsScheduled::gives);
        return Stream.concat(parameters, touched)
                .anyMatch(type -> isTask(type)
                        && (type.isInterface() || !type.getPackageName().startsWith(root)));
    }

    /** The type of what comes out of a call, a construction or a field. */
    private static JavaClass gives(JavaAccess<?> access) {
        if (access instanceof JavaMethodCall call) {
            return call.getTarget().getRawReturnType();
        }
        return access instanceof JavaFieldAccess field ? field.getTarget().getRawType() : access.getTargetOwner();
    }

    private static void report(JavaClass type, String unit, String what, ConditionEvents events) {
        events.add(SimpleConditionEvent.violated(type, type.getName() + "." + unit + " " + what));
    }

    private static final class Scan extends ClassVisitor {
        private final JavaClass type;
        private final ConditionEvents events;

        Scan(JavaClass type, ConditionEvents events) {
            super(Opcodes.ASM9);
            this.type = type;
            this.events = events;
        }

        @Override
        public @Nullable MethodVisitor visitMethod(
                int access, String name, String descriptor, String signature, String[] exceptions) {
            boolean body = ((name.equals("run") || name.equals("call")) && descriptor.startsWith("()"))
                    || Uncaught.isFailureShown(type.getName().replace('.', '/'), name);
            return body
                    ? new Uncaught(what -> report(type, name, "does not catch what is thrown by " + what, events))
                    : null;
        }
    }
}
