package dev.apikeys.spi;

import org.jspecify.annotations.Nullable;

/**
 * What every exception of this library that is neither misuse ({@link IllegalArgumentException}) nor use in the wrong
 * state ({@link IllegalStateException}) extends. Messages never hold a secret. Immutable and thread-safe.
 */
public abstract class ApiKeyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception.
     *
     * @param message what happened and what to do about it; never a secret
     * @param cause what caused it, or null
     */
    protected ApiKeyException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
