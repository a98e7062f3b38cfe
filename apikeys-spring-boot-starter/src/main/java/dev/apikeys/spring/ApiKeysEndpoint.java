package dev.apikeys.spring;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.Stall;
import dev.apikeys.Stats;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/** The endpoint {@code apikeys}: figures and stalls, without stacks, ids and owners. It only reads. */
@Endpoint(id = "apikeys")
final class ApiKeysEndpoint {
    private final ApiKeyManager keys;

    ApiKeysEndpoint(ApiKeyManager keys) {
        this.keys = keys;
    }

    @ReadOperation
    Map<String, @Nullable Object> read() {
        Stats stats = keys.stats();
        Map<String, @Nullable Object> read = new LinkedHashMap<>();
        read.put("verifications", stats.verifications());
        read.put("cacheHits", stats.cacheHits());
        read.put("cacheMisses", stats.cacheMisses());
        read.put("usagePending", stats.usagePending());
        read.put("lastUsageWrite", stats.lastUsageWrite());
        Duration feedLag = stats.feedLag();
        read.put("feedLagMillis", feedLag == null ? null : feedLag.toMillis());
        read.put("handOffsForgotten", stats.handOffsForgotten());
        read.put("eventsDropped", stats.eventsDropped());
        read.put("hostCalls", stats.hostCalls());
        read.put("stalls", keys.stalls().stream().map(ApiKeysEndpoint::shown).toList());
        return read;
    }

    private static Map<String, Object> shown(Stall stall) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("operation", stall.operation());
        shown.put("step", stall.step());
        shown.put("elapsedMillis", stall.elapsed().toMillis());
        shown.put("thread", stall.thread());
        return shown;
    }
}
