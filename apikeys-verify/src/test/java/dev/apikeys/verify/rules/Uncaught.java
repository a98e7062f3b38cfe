package dev.apikeys.verify.rules;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Names each call and each throw of a method outside of a block that catches {@link Throwable}; logging apart. */
final class Uncaught extends MethodVisitor {
    private final Consumer<String> found;
    private final Set<Block> blocks = new HashSet<>();
    private final Set<Block> entered = new HashSet<>();

    private record Block(Label start, Label end) {}

    Uncaught(Consumer<String> found) {
        super(Opcodes.ASM9);
        this.found = found;
    }

    @Override
    public void visitTryCatchBlock(Label start, Label end, Label handler, @Nullable String type) {
        if ("java/lang/Throwable".equals(type)) {
            blocks.add(new Block(start, end));
        }
    }

    @Override
    public void visitLabel(Label label) {
        for (Block block : blocks) {
            if (block.start().equals(label)) {
                entered.add(block);
            }
        }
        entered.removeIf(block -> block.end().equals(label));
    }

    @Override
    public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean isInterface) {
        if (!owner.equals("org/slf4j/Logger") && !isFailureShown(owner, name)) {
            find(owner + "." + name);
        }
    }

    /** What the log says of a failure, which is looked at itself: see {@link CatchAllThatIsScheduled}. */
    static boolean isFailureShown(String owner, String name) {
        return owner.equals("dev/apikeys/internal/text/Failures") && name.equals("shown");
    }

    @Override
    public void visitInvokeDynamicInsn(String name, String descriptor, Handle bootstrap, Object... arguments) {
        find(name);
    }

    @Override
    public void visitInsn(int opcode) {
        if (opcode == Opcodes.ATHROW) {
            find("throw");
        }
    }

    private void find(String what) {
        if (entered.isEmpty()) {
            found.accept(what);
        }
    }
}
