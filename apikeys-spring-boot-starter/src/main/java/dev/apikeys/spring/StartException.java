package dev.apikeys.spring;

import org.jspecify.annotations.Nullable;

/** The service cannot start as it is configured; says why, and what to write. */
final class StartException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What to write. */
    private final String action;

    StartException(String reason, String action) {
        this(reason, action, null);
    }

    StartException(String reason, String action, @Nullable Throwable cause) {
        super(reason, cause);
        this.action = action;
    }

    String reason() {
        return String.valueOf(getMessage());
    }

    String action() {
        return action;
    }
}
