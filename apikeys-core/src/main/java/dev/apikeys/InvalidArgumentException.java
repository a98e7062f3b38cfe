package dev.apikeys;

/**
 * Thrown for an invalid argument, before anything was done. The message names the argument, its value and what is
 * allowed; a value that may be a secret is left out. Immutable and thread-safe.
 *
 * @since 0.1
 */
public final class InvalidArgumentException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** The name of the argument. */
    private final String argument;

    /** The allowed values, as a phrase. */
    private final String allowed;

    InvalidArgumentException(String argument, String message, String allowed) {
        super(message);
        this.argument = argument;
        this.allowed = allowed;
    }

    /**
     * Returns the name of the argument.
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
