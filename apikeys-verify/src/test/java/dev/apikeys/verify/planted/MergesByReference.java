package dev.apikeys.verify.planted;

import java.util.Map;
import java.util.function.BiFunction;

/** Breaks: L3 no function runs inside a map, by a method reference. */
public final class MergesByReference {
    interface Merge {
        Integer apply(String key, Integer value, BiFunction<Integer, Integer, Integer> sum);
    }

    Merge merge(Map<String, Integer> map) {
        return map::merge;
    }
}
