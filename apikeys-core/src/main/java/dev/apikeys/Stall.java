package dev.apikeys;

import dev.apikeys.internal.text.Described;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A call into a store, an authorizer or a listener that has exceeded the stall threshold. Immutable and thread-safe.
 *
 * @since 0.1
 */
public final class Stall {
    private final String operation;
    private final String step;
    private final @Nullable String keyId;
    private final Duration elapsed;
    private final String thread;
    private final List<StackTraceElement> stack;

    Stall(
            String operation,
            String step,
            @Nullable String keyId,
            Duration elapsed,
            String thread,
            List<StackTraceElement> stack) {
        this.operation = operation;
        this.step = step;
        this.keyId = keyId;
        this.elapsed = elapsed;
        this.thread = thread;
        this.stack = List.copyOf(stack);
    }

    /**
     * Returns the operation.
     *
     * @return the name of the operation, such as {@code create}
     */
    public String operation() {
        return operation;
    }

    /**
     * Returns the step that is stalled.
     *
     * @return the name of the host call, such as {@code vault.insert}
     */
    public String step() {
        return step;
    }

    /**
     * Returns the key it is about.
     *
     * @return the id, or null
     */
    public @Nullable String keyId() {
        return keyId;
    }

    /**
     * Returns how long the call has lasted.
     *
     * @return the time
     */
    public Duration elapsed() {
        return elapsed;
    }

    /**
     * Returns the stalled thread.
     *
     * @return its name
     */
    public String thread() {
        return thread;
    }

    /**
     * Returns the stack of the thread.
     *
     * @return its stack; empty if it was not sampled, as beyond ten stalls per round
     */
    public List<StackTraceElement> stack() {
        return stack;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Stall that
                && operation.equals(that.operation)
                && step.equals(that.step)
                && Objects.equals(keyId, that.keyId)
                && elapsed.equals(that.elapsed)
                && thread.equals(that.thread)
                && stack.equals(that.stack);
    }

    @Override
    public int hashCode() {
        return Objects.hash(operation, step, keyId, elapsed, thread, stack);
    }

    /** Returns all fields, with the stack as the number of frames. */
    @Override
    public String toString() {
        return Described.as("Stall")
                .with("operation", operation)
                .with("step", step)
                .with("keyId", keyId)
                .with("elapsed", elapsed)
                .with("thread", thread)
                .with("frames", stack.size())
                .toString();
    }
}
