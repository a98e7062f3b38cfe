package dev.apikeys;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A call into a store, an authorizer or a listener that lasts longer than it may. Immutable and thread-safe.
 *
 * @param operation what the caller asked for, such as {@code create}
 * @param step where it hangs, such as {@code vault.insert}
 * @param keyId the key it is about, or null
 * @param elapsed how long the call has lasted
 * @param thread the name of the thread that hangs
 * @param stack where the thread is; empty if it was not looked at, as beyond ten stalls a round
 */
public record Stall(
        String operation,
        String step,
        @Nullable String keyId,
        Duration elapsed,
        String thread,
        List<StackTraceElement> stack) {
    /** Creates a stall with a copy of the stack. */
    public Stall {
        stack = List.copyOf(stack);
    }
}
