package dev.apikeys.verify.planted;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.WriteSet;
import java.util.function.Predicate;

/** Breaks: host code is called by the gates alone, by a method reference. */
public final class RefersToStoreOutsideTheGate {
    public Predicate<WriteSet> write(ApiKeyStore store) {
        return store::write;
    }
}
