package dev.apikeys.verify.rules;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.concurrent.ScheduledExecutorService;

/**
 * A scheduler never comes back to a task that throws. So every task of ours has a {@code run} that catches
 * {@link Throwable}, and where tasks are scheduled no lambda stands, whose body nobody would look at.
 */
final class CatchAllThatIsScheduled extends ArchCondition<JavaClass> {

    CatchAllThatIsScheduled() {
        super("catch all that is thrown in what is scheduled");
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        if (type.isAssignableTo(Runnable.class)) {
            type.tryGetMethod("run")
                    .filter(run -> !catchesAll(run))
                    .ifPresent(run -> report(type, run, "lets something through", events));
        }
        for (JavaCodeUnit unit : type.getCodeUnits()) {
            if (schedules(unit) && makesFunctions(unit)) {
                report(type, unit, "schedules beside a lambda", events);
            }
        }
    }

    private static boolean catchesAll(JavaMethod run) {
        return run.getTryCatchBlocks().stream()
                .filter(block -> !block.isDeclaredInLambda())
                .flatMap(block -> block.getCaughtThrowables().stream())
                .anyMatch(caught -> caught.isEquivalentTo(Throwable.class));
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

    private static void report(JavaClass type, JavaCodeUnit unit, String what, ConditionEvents events) {
        events.add(SimpleConditionEvent.violated(type, unit.getFullName() + " " + what));
    }
}
