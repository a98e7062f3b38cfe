package dev.apikeys;

import java.util.List;
import java.util.Optional;

/**
 * A part of a list. Immutable and thread-safe.
 *
 * @param <T> what is listed
 * @param items the items; may be few or none even when {@code next} is present
 * @param next the cursor of the next page, for {@code after} of the same query; empty if this was the last page
 * @since 0.1
 */
public record Page<T>(List<T> items, Optional<String> next) {
    /** Creates a page of a copy of the given items. */
    public Page {
        items = List.copyOf(items);
    }
}
