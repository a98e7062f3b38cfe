package dev.apikeys;

import java.util.List;
import java.util.Optional;

/**
 * A part of a list. Immutable and thread-safe.
 *
 * @param <T> what is listed
 * @param items what stands on this page; may be few or none although there is a next one
 * @param next the cursor of the next page for {@link KeyQuery#after}, or empty if this was the last
 */
public record Page<T>(List<T> items, Optional<String> next) {
    /** Creates a page of a copy of the given items. */
    public Page {
        items = List.copyOf(items);
    }
}
