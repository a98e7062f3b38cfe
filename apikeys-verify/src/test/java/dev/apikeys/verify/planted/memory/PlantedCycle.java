package dev.apikeys.verify.planted.memory;

import dev.apikeys.verify.planted.casbin.PlantedCycleBack;

/** Breaks, with its other half: no package is in a cycle. */
public final class PlantedCycle {
    public Object next() {
        return new PlantedCycleBack();
    }
}
