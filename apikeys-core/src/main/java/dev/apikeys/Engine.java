package dev.apikeys;

import dev.apikeys.internal.cache.StampedCache;
import java.time.InstantSource;

/** What the parts of a manager share. */
record Engine(
        InstantSource clock,
        Operations operations,
        SecretHasher hasher,
        PermissionCodec codec,
        Roles roles,
        RowReader rows,
        StampedCache<String, StoredKey> cache,
        GatedKeyStore store,
        UsageMeter usage,
        Rehash rehash,
        Emitter emitter) {}
