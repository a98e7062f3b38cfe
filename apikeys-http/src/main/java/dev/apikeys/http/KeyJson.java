package dev.apikeys.http;

import dev.apikeys.Actor;
import dev.apikeys.ApiKey;
import dev.apikeys.JournalEntry;
import dev.apikeys.Page;
import dev.apikeys.PermissionRepair;
import dev.apikeys.Stall;
import dev.apikeys.TempKeyVault;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How keys and what is known of them look in JSON. */
final class KeyJson {
    private KeyJson() {}

    static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    static Map<String, @Nullable Object> key(ApiKey key) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("id", key.id());
        json.put("name", key.name());
        json.put("description", key.description());
        json.put("owner", key.owner());
        json.put("role", key.role());
        json.put("permissions", key.permissions());
        json.put("granted", key.granted());
        json.put("grade", lower(key.grade()));
        json.put("status", lower(key.status()));
        json.put("usageCount", key.usageCount());
        json.put("createdAt", key.createdAt());
        json.put("createdBy", key.createdBy());
        json.put("updatedAt", key.updatedAt());
        json.put("expiresAt", key.expiresAt());
        json.put("lastUsedAt", key.lastUsedAt());
        json.put("revokedAt", key.revokedAt());
        json.put("revokedReason", key.revokedReason());
        json.put("disabledAt", key.disabledAt());
        json.put("rotatedFrom", key.rotatedFrom());
        json.put("rotatedTo", key.rotatedTo());
        json.put("metadata", key.metadata());
        json.put("damaged", key.damaged());
        json.put("unreadable", !key.damaged().isEmpty());
        json.put("version", key.version());
        return json;
    }

    static <T> Map<String, @Nullable Object> page(String name, Page<T> page, Function<T, Map<String, ?>> json) {
        return Json.object(
                name,
                page.items().stream().map(json).toList(),
                "next",
                page.next().orElse(null));
    }

    static Map<String, @Nullable Object> handOff(TempKeyVault.@Nullable Status status) {
        if (status == null) {
            return Json.object("state", "unknown", "at", null);
        }
        if (status instanceof TempKeyVault.Status.Waiting waiting) {
            return Json.object("state", "waiting", "at", waiting.until());
        }
        if (status instanceof TempKeyVault.Status.Claimed claimed) {
            return Json.object("state", "claimed", "at", claimed.at());
        }
        return status instanceof TempKeyVault.Status.Expired expired
                ? Json.object("state", "expired", "at", expired.at())
                : Json.object("state", "none", "at", null);
    }

    static Map<String, @Nullable Object> entry(JournalEntry entry) {
        Actor actor = entry.actor();
        Map<String, @Nullable Object> changes = new LinkedHashMap<>();
        entry.changes()
                .forEach((field, change) -> changes.put(field, Json.object("from", change.from(), "to", change.to())));
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("id", entry.id());
        json.put("time", entry.time());
        json.put("type", entry.type().name());
        json.put("keyId", entry.keyId());
        json.put("actor", Json.object("name", actor.name(), "via", actor.via(), "requestId", actor.requestId()));
        json.put("version", entry.version());
        json.put("count", entry.count());
        json.put("owner", entry.owner());
        json.put("name", entry.name());
        json.put("changes", changes);
        json.put("fields", entry.fields());
        json.put("repeated", entry.repeated());
        return json;
    }

    static Map<String, @Nullable Object> finding(PermissionRepair.Finding finding, PermissionRepair.Outcome outcome) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("id", finding.id());
        json.put("stored", finding.stored());
        json.put("grade", lower(finding.grade()));
        json.put("rules", finding.rules());
        json.put("permissions", finding.permissions());
        json.put("outcome", lower(outcome));
        return json;
    }

    /** Without thread and stack, which show how the service is built. */
    static Map<String, @Nullable Object> stall(Stall stall) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("operation", stall.operation());
        json.put("step", stall.step());
        json.put("keyId", stall.keyId());
        json.put("elapsed", stall.elapsed());
        return json;
    }
}
