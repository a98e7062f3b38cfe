package dev.apikeys.verify.planted;

/** Breaks: names say what a type is. */
public final class PlantedImpl {}
