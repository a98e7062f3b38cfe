package dev.apikeys.verify.planted;

import com.fasterxml.jackson.core.JsonFactory;

/** Breaks: L8 Jackson keeps no buffers for threads. */
public final class RecyclesBuffers {
    public JsonFactory create() {
        return new JsonFactory();
    }
}
