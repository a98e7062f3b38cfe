package dev.apikeys.http;

import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.DecodedPermissions.Grade;
import dev.apikeys.KeyId;
import dev.apikeys.Precondition;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A request that was let in.
 *
 * @param request the request
 * @param administrator who sent it
 * @param keys the manager, as this administrator and under this request id
 * @param fields what was sent with it
 * @param below the path below the base path
 */
record Call(Request request, Administrator administrator, ApiKeyManager keys, Fields fields, String below) {

    /** The key that the path names: {@code /api-keys/<id>} and what follows. */
    KeyId id() {
        String text = below.split("/", -1)[2];
        try {
            return KeyId.of(text);
        } catch (IllegalArgumentException e) {
            throw Failure.noSuchKey();
        }
    }

    ApiKey key() {
        return keys.find(id()).orElseThrow(Failure::noSuchKey);
    }

    /** What a key holds, or may hold once its list is repaired: one that cannot be read has no names to compare. */
    Set<String> mayHold(ApiKey key) {
        if (key.grade() != Grade.QUARANTINED) {
            return key.permissions();
        }
        Map<String, Set<String>> roles = keys.roles().asMap();
        Set<String> ofRole = key.role() == null ? null : roles.get(key.role());
        return ofRole == null ? roles.values().stream().flatMap(Set::stream).collect(Collectors.toSet()) : ofRole;
    }

    /** The manager for a change of this version of a key. */
    ApiKeyManager at(ApiKey key) {
        return keys.provided(Precondition.version(key.version()));
    }

    /** The key as the caller saw it: if it says which version that was, the version must still be that. */
    ApiKey keyOfVersion(@Nullable Long version) {
        ApiKey key = key();
        if (version != null && version != key.version()) {
            throw new Failure(409, "VERSION", "The key was changed meanwhile").withKey(KeyJson.key(key));
        }
        return key;
    }
}
