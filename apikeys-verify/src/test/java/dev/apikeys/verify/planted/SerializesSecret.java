package dev.apikeys.verify.planted;

import dev.apikeys.Secret;

/** Breaks: nothing serializable holds a secret. */
public final class SerializesSecret extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Secret secret;

    public SerializesSecret(Secret secret) {
        this.secret = secret;
    }

    public boolean held() {
        return secret != null;
    }
}
