package dev.apikeys.verify.planted;

/** Breaks, by the class in it: names say what a type is. */
public final class ConfigOfPlanted {
    private ConfigOfPlanted() {}

    public static final class Config {}
}
