package dev.apikeys.verify.rules;

import static java.util.stream.Collectors.toSet;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** At most one instruction of each package calls a method, or refers to it: two of them may stand in one line. */
final class OneCaller extends ArchCondition<JavaClass> {
    private final String owner;
    private final String method;
    private final Map<String, List<String>> found = new TreeMap<>();

    OneCaller(String owner, String method) {
        super("call %s.%s in one place of a package", owner, method);
        this.owner = owner;
        this.method = method;
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
        Set<String> owners = type.getAccessesFromSelf().stream()
                .filter(access -> access.getName().equals(method))
                .map(access -> access.getTargetOwner())
                .filter(target -> target.isAssignableTo(owner))
                .map(JavaClass::getName)
                .collect(toSet());
        if (!owners.isEmpty()) {
            ClassFiles.read(type, new Scan(type, owners));
        }
    }

    @Override
    public void finish(ConditionEvents events) {
        found.values().stream()
                .filter(places -> places.size() > 1)
                .forEach(places -> events.add(
                        SimpleConditionEvent.violated(places, owner + "." + method + " is called in " + places)));
    }

    private final class Scan extends ClassVisitor {
        private final JavaClass type;
        private final Set<String> owners;

        Scan(JavaClass type, Set<String> owners) {
            super(Opcodes.ASM9);
            this.type = type;
            this.owners = owners;
        }

        @Override
        public MethodVisitor visitMethod(
                int access, String caller, String descriptor, String signature, String[] exceptions) {
            return new MethodVisitor(Opcodes.ASM9) {
                @Override
                public void visitMethodInsn(
                        int opcode, String target, String name, String descriptor, boolean isInterface) {
                    count(caller, target, name);
                }

                @Override
                public void visitInvokeDynamicInsn(
                        String name, String descriptor, Handle bootstrap, Object... arguments) {
                    Arrays.stream(arguments)
                            .filter(Handle.class::isInstance)
                            .map(Handle.class::cast)
                            .forEach(reference -> count(caller, reference.getOwner(), reference.getName()));
                }
            };
        }

        private void count(String caller, String target, String name) {
            if (name.equals(method)
                    && owners.contains(Type.getObjectType(target).getClassName())) {
                found.computeIfAbsent(type.getPackageName(), any -> new ArrayList<>())
                        .add(type.getName() + "." + caller);
            }
        }
    }
}
