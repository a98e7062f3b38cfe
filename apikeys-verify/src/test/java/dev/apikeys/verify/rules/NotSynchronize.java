package dev.apikeys.verify.rules;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** No synchronized method and no synchronized block, read from the bytecode: ArchUnit does not see the blocks. */
final class NotSynchronize extends ArchCondition<JavaClass> {

    NotSynchronize() {
        super("not synchronize");
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        ClassFiles.read(type, new Scan(type, events));
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
        public MethodVisitor visitMethod(
                int access, String name, String descriptor, String signature, String[] exceptions) {
            if ((access & Opcodes.ACC_SYNCHRONIZED) != 0) {
                report(name, "is synchronized");
            }
            return new MethodVisitor(Opcodes.ASM9) {
                @Override
                public void visitInsn(int opcode) {
                    if (opcode == Opcodes.MONITORENTER) {
                        report(name, "has a synchronized block");
                    }
                }
            };
        }

        private void report(String method, String what) {
            events.add(SimpleConditionEvent.violated(type, type.getName() + "." + method + " " + what));
        }
    }
}
