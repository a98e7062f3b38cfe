package dev.apikeys.verify.planted;

/** Breaks: L8 static fields are final. */
public final class KeepsStaticCounter {
    static int count;

    private KeepsStaticCounter() {}
}
