package dev.apikeys.verify.planted.http;

import dev.apikeys.verify.planted.memory.PlantedStore;

/** Breaks: http knows core, spi, Jackson and the logger. */
public final class ImportsMemoryFromHttp {
    public Object create() {
        return new PlantedStore();
    }
}
