package dev.apikeys.verify.planted.memory;

/** A planted adapter. */
public final class PlantedStore {}
