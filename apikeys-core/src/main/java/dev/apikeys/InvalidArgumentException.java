package dev.apikeys;

/**
 * A refused argument: the caller's mistake, found before anything was done. The message names the argument, its value
 * and what is allowed; a value that may be a secret is not in it. Immutable and thread-safe.
 *
 * @since 0.1
 */
public final class InvalidArgumentException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** The name of the argument. */
    private final String argument;

    /** What would have been accepted. */
    private final String allowed;

    InvalidArgumentException(String argument, String message, String allowed) {
        super(message);
        this.argument = argument;
        this.allowed = allowed;
    }

    /**
     * Returns which argument was refused.
     *
     * @return its name as in the signature or builder, such as {@code owner}
     */
    public String argument() {
        return argument;
    }

    /**
     * Returns what is allowed.
     *
     * @return a phrase for people
     */
    public String allowed() {
        return allowed;
    }
}
