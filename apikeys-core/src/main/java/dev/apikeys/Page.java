package dev.apikeys;

import java.util.List;
import java.util.Optional;

/**
 * A page of a list. Immutable and thread-safe.
 *
 * @param <T> the type of the items
 * @param items the items; may be few or none although {@code next} is present
 * @param next the cursor of the next page, for {@code after} of the same query; empty if this was the last page
 * @since 0.1
 */
public record Page<T>(List<T> items, Optional<String> next) {
    /** Creates a page and copies the items. */
    public Page {
        items = List.copyOf(items);
    }
}
