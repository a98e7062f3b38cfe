package dev.apikeys.verify.planted;

/** Breaks: L9 classes do not initialise each other in a circle; the way to it is a constructor. */
public final class InitialisesThroughConstructor {
    static final InitialisesThroughConstructor STANDARD = new InitialisesThroughConstructor();

    private final Object first;

    InitialisesThroughConstructor() {
        first = Defaults.FIRST;
    }

    @Override
    public String toString() {
        return "planted " + first;
    }

    public static final class Defaults {
        static final Object FIRST = String.valueOf(STANDARD);

        private Defaults() {}
    }
}
