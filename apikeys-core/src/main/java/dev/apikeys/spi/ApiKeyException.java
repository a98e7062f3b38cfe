package dev.apikeys.spi;

import org.jspecify.annotations.Nullable;

/**
 * The superclass of this library's exceptions, except those for invalid arguments ({@link IllegalArgumentException})
 * and invalid state ({@link IllegalStateException}). Messages never hold a secret. Immutable and thread-safe.
 *
 * @since 0.1
 */
public abstract class ApiKeyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception.
     *
     * @param message what happened and what to do about it; never a secret
     * @param cause the cause, or null
     */
    protected ApiKeyException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
