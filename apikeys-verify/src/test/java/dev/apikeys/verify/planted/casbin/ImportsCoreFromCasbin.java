package dev.apikeys.verify.planted.casbin;

import dev.apikeys.verify.planted.PlantedType;

/** Breaks: casbin knows spi and jcasbin. */
public final class ImportsCoreFromCasbin {
    public Object create() {
        return new PlantedType();
    }
}
