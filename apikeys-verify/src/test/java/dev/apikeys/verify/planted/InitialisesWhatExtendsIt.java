package dev.apikeys.verify.planted;

/** Breaks: L9 classes do not initialise each other in a circle; a default method makes an interface a part of it. */
public interface InitialisesWhatExtendsIt {
    InitialisesWhatExtendsIt STANDARD = Named.create();

    default String name() {
        return "planted";
    }

    final class Named implements InitialisesWhatExtendsIt {
        static InitialisesWhatExtendsIt create() {
            return new Named();
        }
    }
}
