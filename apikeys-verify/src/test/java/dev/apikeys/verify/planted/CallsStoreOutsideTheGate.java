package dev.apikeys.verify.planted;

import dev.apikeys.spi.ApiKeyStore;

/** Breaks: host code is called by the gates alone. */
public final class CallsStoreOutsideTheGate {
    public Object find(ApiKeyStore store) {
        return store.find("ak_planted");
    }
}
