package dev.apikeys.verify.planted.jdbc.legacy;

import dev.apikeys.verify.planted.memory.PlantedStore;

/** Breaks: jdbc.legacy knows jdbc, spi and core. */
public final class ImportsMemoryFromLegacy {
    public Object create() {
        return new PlantedStore();
    }
}
