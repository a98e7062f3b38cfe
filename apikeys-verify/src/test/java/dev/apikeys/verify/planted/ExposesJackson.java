package dev.apikeys.verify.planted;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Optional;

/** Breaks: the API shows no library and nothing internal. */
public interface ExposesJackson {
    Optional<ObjectMapper> mapper();
}
