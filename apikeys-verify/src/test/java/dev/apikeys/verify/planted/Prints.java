package dev.apikeys.verify.planted;

/** Breaks: nothing is printed. */
public final class Prints {
    public void print() {
        System.out.println("planted");
    }
}
