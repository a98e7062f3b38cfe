package dev.apikeys.verify.planted.jdbc;

import dev.apikeys.verify.planted.PlantedType;

/** Breaks: jdbc knows spi and java.sql. */
public final class ImportsCoreFromJdbc {
    public Object create() {
        return new PlantedType();
    }
}
