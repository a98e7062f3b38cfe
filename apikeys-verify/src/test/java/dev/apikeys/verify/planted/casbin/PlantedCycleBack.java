package dev.apikeys.verify.planted.casbin;

import dev.apikeys.verify.planted.memory.PlantedCycle;

/** The other half of a cycle. */
public final class PlantedCycleBack {
    public Object next() {
        return new PlantedCycle();
    }
}
