package dev.apikeys.verify.planted;

import com.fasterxml.jackson.databind.ObjectMapper;

/** Breaks: one class of internal imports Jackson. */
public final class ImportsJackson {
    public Object mapper() {
        return new ObjectMapper();
    }
}
