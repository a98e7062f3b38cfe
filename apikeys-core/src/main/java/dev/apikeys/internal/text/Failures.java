package dev.apikeys.internal.text;

import java.util.ArrayList;
import java.util.List;

/**
 * The loggable description of a failure: classes and place, never a message. A driver's message can hold values of the
 * row, including hashes; only the caller gets it, as the cause of what is thrown.
 */
public final class Failures {
    private static final int MAX_CAUSES = 8;

    private Failures() {}

    /** Returns the classes of a failure and of its causes, and where the innermost was thrown. Throws nothing. */
    public static String shown(Throwable failure) {
        try {
            return classesAndPlace(failure);
        } catch (Throwable another) {
            // Foreign exceptions may override any method, and memory may be short.
            return "a failure that cannot be shown";
        }
    }

    private static String classesAndPlace(Throwable failure) {
        List<String> names = new ArrayList<>();
        Throwable innermost = failure;
        for (Throwable cause = failure; cause != null && names.size() < MAX_CAUSES; cause = cause.getCause()) {
            names.add(cause.getClass().getName());
            innermost = cause;
        }
        StackTraceElement[] stack = innermost.getStackTrace();
        return String.join(", caused by ", names) + (stack.length == 0 ? "" : " at " + stack[0]);
    }
}
