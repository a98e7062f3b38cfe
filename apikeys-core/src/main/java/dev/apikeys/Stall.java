package dev.apikeys;

import dev.apikeys.internal.gate.Watch;
import dev.apikeys.internal.text.Described;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A call into a store, an authorizer or a listener that has exceeded the stall threshold. Immutable and thread-safe.
 *
 * @since 0.1
 */
public final class Stall {
    private final Watch.Stalled call;

    Stall(Watch.Stalled call) {
        this.call = call;
    }

    /**
     * Returns the operation.
     *
     * @return the name of the operation, such as {@code create}
     */
    public String operation() {
        return call.operation();
    }

    /**
     * Returns the step that is stalled.
     *
     * @return the name of the host call, such as {@code vault.insert}
     */
    public String step() {
        return call.step();
    }

    /**
     * Returns the key it is about.
     *
     * @return the id, or null
     */
    public @Nullable String keyId() {
        return call.keyId();
    }

    /**
     * Returns how long the call has lasted.
     *
     * @return the time
     */
    public Duration elapsed() {
        return call.elapsed();
    }

    /**
     * Returns the stalled thread.
     *
     * @return its name
     */
    public String thread() {
        return call.thread();
    }

    /**
     * Returns the stack of the thread.
     *
     * @return its stack; empty if it was not sampled, as beyond ten stalls per round
     */
    public List<StackTraceElement> stack() {
        return call.stack();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Stall that && call.equals(that.call);
    }

    @Override
    public int hashCode() {
        return call.hashCode();
    }

    /** Returns all fields, with the stack as the number of frames. */
    @Override
    public String toString() {
        return Described.as("Stall")
                .with("operation", call.operation())
                .with("step", call.step())
                .with("keyId", call.keyId())
                .with("elapsed", call.elapsed())
                .with("thread", call.thread())
                .with("frames", call.stack().size())
                .toString();
    }
}
