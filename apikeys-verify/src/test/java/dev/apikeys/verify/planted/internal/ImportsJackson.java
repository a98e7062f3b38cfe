package dev.apikeys.verify.planted.internal;

import com.fasterxml.jackson.databind.ObjectMapper;

/** Breaks: one class of core imports Jackson. */
public final class ImportsJackson {
    public Object mapper() {
        return new ObjectMapper();
    }
}
