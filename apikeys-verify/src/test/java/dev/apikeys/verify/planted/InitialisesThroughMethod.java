package dev.apikeys.verify.planted;

/** Breaks: L9 classes do not initialise each other in a circle; the way to it is a static method. */
public final class InitialisesThroughMethod {
    static final String NAME = name();

    private InitialisesThroughMethod() {}

    static String name() {
        return Registry.FIRST;
    }

    public static final class Registry {
        static final String FIRST = String.valueOf(InitialisesThroughMethod.NAME);

        private Registry() {}
    }
}
