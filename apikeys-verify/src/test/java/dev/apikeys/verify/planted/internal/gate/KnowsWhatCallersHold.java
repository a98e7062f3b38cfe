package dev.apikeys.verify.planted.internal.gate;

import dev.apikeys.verify.planted.PlantedType;

/** Breaks: internal knows rows, and nothing that callers hold. */
public final class KnowsWhatCallersHold {
    public PlantedType held() {
        return null;
    }
}
