package dev.apikeys.verify.planted;

import com.github.benmanes.caffeine.cache.Caffeine;

/** Breaks: one class of internal imports Caffeine. */
public final class ImportsCaffeine {
    public Object cache() {
        return Caffeine.newBuilder().maximumSize(1).build();
    }
}
