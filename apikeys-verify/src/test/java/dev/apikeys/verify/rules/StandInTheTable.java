package dev.apikeys.verify.rules;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;

/** What may lock inside, which is any class of {@code java.util.concurrent} and a few others, is named in a document. */
final class StandInTheTable extends ArchCondition<JavaClass> {
    private final String table;

    StandInTheTable(Path document) {
        super("use of what locks inside only what %s names", document.getFileName());
        try {
            this.table = Files.readString(document);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
            JavaClass used = dependency.getTargetClass();
            if (mayLock(used) && !table.contains("`" + used.getSimpleName() + "`")) {
                events.add(SimpleConditionEvent.violated(type, dependency.getDescription()));
            }
        }
    }

    private static boolean mayLock(JavaClass used) {
        return used.isEquivalentTo(SecureRandom.class)
                || used.getName().equals("java.util.Timer")
                || (used.getPackageName().equals("java.util.concurrent") && isMachinery(used));
    }

    private static boolean isMachinery(JavaClass used) {
        return used.isTopLevelClass()
                && !used.isInterface()
                && !used.isEnum()
                && !used.getSimpleName().endsWith("Exception")
                && !used.getSimpleName().equals("ThreadLocalRandom");
    }
}
