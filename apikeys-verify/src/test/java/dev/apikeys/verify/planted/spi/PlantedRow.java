package dev.apikeys.verify.planted.spi;

/** What a planted adapter may know. */
public record PlantedRow(String id) {}
