package dev.apikeys.verify.planted;

/** Breaks: L9 classes do not initialise each other in a circle. */
public class InitialisesItsSubclass {
    static final InitialisesItsSubclass DEFAULT = Nested.create();

    InitialisesItsSubclass() {}

    public static final class Nested extends InitialisesItsSubclass {
        static InitialisesItsSubclass create() {
            return new Nested();
        }
    }
}
