package dev.apikeys.verify.planted.servlet;

import dev.apikeys.verify.planted.memory.PlantedStore;

/** Breaks: servlet knows http and servlets. */
public final class ImportsMemoryFromServlet {
    public Object create() {
        return new PlantedStore();
    }
}
