package dev.apikeys.verify.planted;

/** Breaks: L8 static fields hold no state. */
public final class KeepsStaticArray {
    static final int[] COUNTS = new int[10];

    private KeepsStaticArray() {}
}
