package dev.apikeys.verify.planted.internal.text;

import dev.apikeys.verify.planted.spi.PlantedRow;

/** Breaks: cache, concurrent, crypto and text know nothing of keys. */
public final class KnowsOfKeys {
    public String idOf(PlantedRow row) {
        return row.id();
    }
}
