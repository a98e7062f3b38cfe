package dev.apikeys.verify.planted;

/** What callers hold, as far as planted classes need it. */
public final class PlantedType {}
