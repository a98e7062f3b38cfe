package dev.apikeys.verify.planted.micrometer;

import dev.apikeys.verify.planted.memory.PlantedStore;

/** Breaks: micrometer knows core and Micrometer. */
public final class ImportsMemoryFromMicrometer {
    public Object create() {
        return new PlantedStore();
    }
}
