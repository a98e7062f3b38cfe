package dev.apikeys.verify.planted.importer;

import dev.apikeys.verify.planted.memory.PlantedStore;

/** Breaks: the import knows core, spi and jdbc. */
public final class ImportsMemoryFromImporter {
    public Object create() {
        return new PlantedStore();
    }
}
