package dev.apikeys.verify.planted.memory;

import dev.apikeys.verify.planted.PlantedType;

/** Breaks: memory knows spi. */
public final class ImportsCoreFromMemory {
    public Object create() {
        return new PlantedType();
    }
}
