package dev.apikeys.verify.planted.spring;

import dev.apikeys.verify.planted.casbin.PlantedCycleBack;

/** Breaks: the starter knows what it starts, and what a service of Spring brings. */
public final class ImportsCasbinFromSpring {
    public Object create() {
        return new PlantedCycleBack();
    }
}
