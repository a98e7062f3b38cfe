package dev.apikeys.internal.text;

import java.util.AbstractMap;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An immutable map of texts, sorted by key. Its type marks it as immutable, so it is not copied again. */
public final class SortedTexts extends AbstractMap<String, String> {

    public static final SortedTexts NONE = new SortedTexts(Map.of());

    private final Map<String, String> texts;

    private SortedTexts(Map<String, String> texts) {
        this.texts = texts;
    }

    public static SortedTexts copyOf(String argument, Map<String, String> texts) {
        Objects.requireNonNull(texts, argument);
        if (texts instanceof SortedTexts sorted) {
            return sorted;
        }
        if (texts.isEmpty()) {
            return NONE;
        }
        TreeMap<String, String> copy = new TreeMap<>();
        texts.forEach((key, value) ->
                copy.put(Objects.requireNonNull(key, argument), Objects.requireNonNull(value, argument)));
        return new SortedTexts(Collections.unmodifiableMap(copy));
    }

    @Override
    public Set<Entry<String, String>> entrySet() {
        return texts.entrySet();
    }

    @Override
    public @Nullable String get(Object key) {
        return key instanceof String ? texts.get(key) : null;
    }

    @Override
    public boolean containsKey(Object key) {
        return key instanceof String && texts.containsKey(key);
    }
}
