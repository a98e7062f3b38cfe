package dev.apikeys.verify.planted.http.jdk;

import dev.apikeys.verify.planted.memory.PlantedStore;

/** Breaks: http.jdk knows http and the server of the JDK. */
public final class ImportsMemoryFromServer {
    public Object create() {
        return new PlantedStore();
    }
}
