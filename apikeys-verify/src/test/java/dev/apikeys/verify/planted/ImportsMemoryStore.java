package dev.apikeys.verify.planted;

import dev.apikeys.verify.planted.memory.PlantedStore;

/** Breaks: core knows spi, internal and its three libraries. */
public final class ImportsMemoryStore {
    public Object create() {
        return new PlantedStore();
    }
}
