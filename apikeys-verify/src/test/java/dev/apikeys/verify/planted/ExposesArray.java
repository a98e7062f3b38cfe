package dev.apikeys.verify.planted;

/** Breaks: no record has a secret or an array for a component. */
public record ExposesArray(byte[] sealed) {}
