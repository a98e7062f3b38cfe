package dev.apikeys.http;

import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.CreatedKey;
import dev.apikeys.InvalidArgumentException;
import dev.apikeys.JournalQuery;
import dev.apikeys.KeyId;
import dev.apikeys.KeySpec;
import dev.apikeys.KeyUpdate;
import dev.apikeys.Roles;
import dev.apikeys.Rotation;
import dev.apikeys.TempKeyVault;
import dev.apikeys.internal.text.Masked;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.VaultFullException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keys, one by one.
 *
 * @param roles what the page offers
 * @param hasHandOff whether there is a temp key store
 * @param claimLink where a ticket leads, up to the ticket
 */
record KeyRoutes(Roles roles, boolean hasHandOff, String claimLink) {
    static final Set<String> ROTATION = Set.of("version", "id", "grace", "expiresIn", "delivery", "linkExpiresIn");

    /** The source system's words, which its scripts compare. */
    private static final String CREATED = "API key created successfully";

    private static final int JOURNAL = 20;

    Response list(Call call) {
        String searched = call.fields().text("q");
        if (searched != null && !Masked.text(searched).equals(searched)) {
            throw Failure.invalid(
                    "q", "text without a secret or ticket: search for its id, ak_ and the ULID inside it");
        }
        return Envelope.success(
                200, "API keys", KeyJson.page("api_keys", call.keys().list(Queries.page(call.fields())), KeyJson::key));
    }

    Response get(Call call) {
        ApiKey key = call.key();
        Map<String, @Nullable Object> data = new LinkedHashMap<>();
        data.put("api_key", KeyJson.key(key));
        data.put("handOff", KeyJson.handOff(handOffStatus(call, key.id())));
        JournalQuery ofKey = JournalQuery.all().key(key.id()).limit(JOURNAL);
        data.put("journal", KeyJson.page("entries", call.keys().journal(ofKey), KeyJson::entry));
        return Envelope.success(200, "API key", data);
    }

    /** Null if the temp key store does not answer, which need not be down when the key store is not. */
    private TempKeyVault.@Nullable Status handOffStatus(Call call, KeyId id) {
        try {
            return hasHandOff ? call.keys().vault().handOffStatus(id) : new TempKeyVault.Status.None();
        } catch (StorageException unanswered) {
            return null;
        }
    }

    Response create(Call call) {
        Fields fields = call.fields();
        Delivery delivery = Delivery.of(fields, hasHandOff, hasHandOff ? Delivery.DOWNLOAD : null);
        KeySpec.Builder spec = KeySpec.builder(fields.requiredText("name"));
        set(fields.text("description"), spec::description);
        set(fields.text("owner"), spec::owner);
        set(fields.text("role"), spec::role);
        set(fields.textMap("metadata"), spec::metadata);
        set(fields.text("id"), id -> spec.id(KeyId.of(id)));
        setEnd(fields, spec);
        // Set even where they are the role's, so that what is checked is what is given.
        Set<String> permissions = permissions(fields);
        call.administrator().requireCanGive(permissions);
        spec.permissions(permissions);
        CreatedKey created;
        try {
            created = created(call.keys(), spec.build(), delivery);
        } catch (InvalidArgumentException e) {
            // Which is a null of that field.
            throw e.argument().equals("neverExpires") ? Failure.invalid("expiresAt", e) : e;
        }
        Response response = Envelope.success(201, CREATED, delivery.data(created, claimLink));
        return delivery.isShown() ? Downloads.remember(call.request(), created, response) : response;
    }

    /** What is shown needs no room in the vault but for its download, without which it is made if there is none. */
    private static CreatedKey created(ApiKeyManager keys, KeySpec spec, Delivery delivery) {
        Duration handOff = delivery.handOff();
        if (handOff == null) {
            return keys.create(spec);
        }
        try {
            return keys.create(spec.toBuilder().handOff(handOff).build());
        } catch (VaultFullException e) {
            if (delivery.isShown()) {
                return keys.create(spec);
            }
            throw e;
        }
    }

    private Set<String> permissions(Fields fields) {
        Set<String> given = fields.texts("permissions");
        String role = fields.text("role");
        if (given != null) {
            return given;
        }
        if (role == null) {
            throw Failure.invalid("permissions", "a list, unless there is a role");
        }
        return roles.permissionsOf(role)
                .orElseThrow(
                        () -> Failure.invalid("role", "one of " + roles.asMap().keySet()));
    }

    /** A null for {@code expiresAt} is a value: the key has no end, also where the manager has a default lifetime. */
    private static void setEnd(Fields fields, KeySpec.Builder spec) {
        Duration expiresIn = fields.duration("expiresIn");
        if (!fields.has("expiresAt")) {
            set(expiresIn, spec::expiresIn);
            return;
        }
        if (expiresIn != null) {
            throw Failure.invalid("expiresIn", "nothing beside expiresAt");
        }
        Instant expiresAt = fields.instant("expiresAt");
        if (expiresAt == null) {
            spec.neverExpires();
        } else {
            spec.expiresAt(expiresAt);
        }
    }

    Response update(Call call) {
        Fields fields = call.fields();
        fields.required("version", fields.whole("version"));
        KeyUpdate.Builder update = KeyUpdate.builder();
        set(fields.text("name"), update::name);
        setNullable(fields, "description", fields.text("description"), update::description);
        setNullable(fields, "owner", fields.text("owner"), update::owner);
        setNullable(fields, "role", fields.text("role"), update::role);
        setNullable(fields, "expiresAt", fields.instant("expiresAt"), update::expiresAt);
        Set<String> permissions = fields.texts("permissions");
        set(permissions, update::permissions);
        set(fields.textMap("metadata"), update::metadata);
        set(fields.instant("revokedFrom"), update::revokedFrom);
        return changed(call, "API key updated", (keys, id) -> {
            set(permissions, call.administrator()::requireCanGive);
            return keys.update(id, update.build());
        });
    }

    Response disable(Call call) {
        return changed(call, "API key disabled", ApiKeyManager::disable);
    }

    Response enable(Call call) {
        return changed(call, "API key enabled", ApiKeyManager::enable);
    }

    Response revoke(Call call) {
        String reason = call.fields().requiredText("reason");
        Long version = call.fields().whole("version");
        ApiKey key = call.keyOfVersion(version);
        // Without a version in any state: a concurrent edit must not keep a leaked key alive.
        ApiKeyManager keys = version == null ? call.keys() : call.at(key);
        return keyed("API key revoked", keys.revoke(key.id(), reason));
    }

    Response delete(Call call) {
        ApiKey key = changeable(call);
        call.at(key).delete(key.id());
        return Envelope.success(200, "API key deleted", null);
    }

    Response rotate(Call call) {
        // The cookie of a download would not reach it from this route.
        Delivery delivery = Delivery.of(call.fields(), hasHandOff, null);
        Rotation asked = rotation(call.fields(), delivery);
        ApiKey key = changeable(call);
        CreatedKey successor = call.at(key).rotate(key.id(), asked);
        return Envelope.success(201, "API key rotated", delivery.data(successor, claimLink));
    }

    private static Rotation rotation(Fields fields, Delivery delivery) {
        Duration grace = fields.duration("grace");
        Rotation rotation = grace == null ? Rotation.immediate() : Rotation.withGrace(grace);
        String id = fields.text("id");
        if (id != null) {
            rotation = rotation.id(KeyId.of(id));
        }
        Duration expiresIn = fields.duration("expiresIn");
        if (expiresIn != null) {
            rotation = rotation.expiresIn(expiresIn);
        }
        Duration handOff = delivery.handOff();
        return handOff == null ? rotation : rotation.handOff(handOff);
    }

    private interface Change {
        ApiKey of(ApiKeyManager keys, KeyId id);
    }

    private static Response changed(Call call, String message, Change change) {
        ApiKey key = changeable(call);
        return keyed(message, change.of(call.at(key), key.id()));
    }

    private static Response keyed(String message, ApiKey key) {
        return Envelope.success(200, message, Map.of("api_key", KeyJson.key(key)));
    }

    /** The key, if it holds nothing that this administrator cannot give. What is changed then is this version of it. */
    private static ApiKey changeable(Call call) {
        ApiKey key = call.keyOfVersion(call.fields().whole("version"));
        call.administrator().requireCanGive(call.mayHold(key));
        return key;
    }

    private static <T> void set(@Nullable T value, Consumer<T> setter) {
        if (value != null) {
            setter.accept(value);
        }
    }

    private interface NullableSetter<T> {
        void set(@Nullable T value);
    }

    /** Null, said, takes away what was there. */
    private static <T> void setNullable(Fields fields, String name, @Nullable T value, NullableSetter<T> setter) {
        if (fields.has(name)) {
            setter.set(value);
        }
    }
}
