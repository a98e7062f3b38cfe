package dev.apikeys.verify.planted.internal;

import dev.apikeys.verify.planted.spi.PlantedRow;

/** Breaks: internal knows nothing of keys. */
public final class KnowsOfKeys {
    public String idOf(PlantedRow row) {
        return row.id();
    }
}
