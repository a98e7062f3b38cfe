package dev.apikeys.verify.planted;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Breaks: L7 every wait has a bound, L3 no function runs inside a map. */
public final class SearchesMapInParallel {
    public void forEach(ConcurrentHashMap<String, Integer> map, BiConsumer<String, Integer> action) {
        map.forEach(1, action);
    }

    public void forEachValue(ConcurrentHashMap<String, Integer> map, Consumer<Integer> action) {
        map.forEachValue(1, action);
    }

    public @Nullable String search(ConcurrentHashMap<String, Integer> map) {
        return map.search(1, (key, value) -> key);
    }

    public @Nullable String searchKeys(ConcurrentHashMap<String, Integer> map) {
        return map.searchKeys(1, key -> key);
    }

    public @Nullable Integer reduce(ConcurrentHashMap<String, Integer> map) {
        return map.reduce(1, (key, value) -> value, Integer::sum);
    }

    public long reduceValuesToLong(ConcurrentHashMap<String, Integer> map) {
        return map.reduceValuesToLong(1, Integer::longValue, 0, Long::sum);
    }
}
