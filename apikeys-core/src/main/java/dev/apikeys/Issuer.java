package dev.apikeys;

import dev.apikeys.DecodedPermissions.Grade;
import dev.apikeys.internal.text.Ulid;
import dev.apikeys.spi.Change;
import dev.apikeys.spi.DuplicateKeyException;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes keys: new ones, and successors of old ones. */
final class Issuer {
    private static final int MAX_AT_ONCE = 1_000;
    private static final int MAX_ATTEMPTS = 8;
    private static final Comparator<Change> BY_ID =
            Comparator.comparing(change -> change.row().id());

    /** Permissions in the two forms that a new key needs. */
    private record Given(DecodedPermissions permissions, String encoded) {}

    private final Engine engine;
    private final NativeKeyFormat format;
    private final SecureRandom random;
    private final @Nullable DefaultTempKeyVault vault;
    private final @Nullable Duration defaultLifetime;
    private final @Nullable Duration maxLifetime;
    private final Map<String, Given> wholeRoles = new HashMap<>();

    Issuer(
            Engine engine,
            NativeKeyFormat format,
            SecureRandom random,
            @Nullable DefaultTempKeyVault vault,
            @Nullable Duration defaultLifetime,
            @Nullable Duration maxLifetime) {
        this.engine = engine;
        this.format = format;
        this.random = random;
        this.vault = vault;
        this.defaultLifetime = defaultLifetime;
        this.maxLifetime = maxLifetime;
        engine.roles().asMap().forEach((role, permissions) -> wholeRoles.put(role, given(permissions)));
    }

    CreatedKey create(KeySpec spec) {
        long now = engine.clock().millis();
        Draft draft = draft(spec, now);
        Operation operation = engine.operations().creating("create", draft.row.id());
        write(operation, List.of(new Change.Insert(draft.row)), List.of(draft));
        emitCreated(draft);
        return draft.created();
    }

    List<CreatedKey> createAll(List<KeySpec> specs) {
        Arguments.range("number of specs", specs.size(), 1, MAX_AT_ONCE);
        long now = engine.clock().millis();
        List<Draft> drafts = new ArrayList<>(specs.size());
        List<Change> changes = new ArrayList<>(specs.size());
        Set<String> ids = new HashSet<>();
        for (KeySpec spec : specs) {
            Draft draft = draft(spec, now);
            if (!ids.add(draft.row.id())) {
                throw Arguments.refused("id", draft.row.id(), "each id once in a call");
            }
            drafts.add(draft);
            changes.add(new Change.Insert(draft.row));
        }
        changes.sort(BY_ID);
        write(engine.operations().of("createAll"), changes, drafts);
        List<CreatedKey> created = new ArrayList<>(drafts.size());
        for (Draft draft : drafts) {
            emitCreated(draft);
            created.add(draft.created());
        }
        return List.copyOf(created);
    }

    CreatedKey rotate(KeyId id, Duration grace, @Nullable Duration handOff) {
        long now = engine.clock().millis();
        byte[] random = newRandom();
        String newId = KeyId.text(now, random);
        Operation operation = engine.operations().creating("rotate", newId);
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            KeyRow row = engine.store().findToChange(operation, id.value());
            if (row == null) {
                throw new KeyNotFoundException(id);
            }
            requireRotatable(id, engine.rows().read(row, now).key(now));
            Draft successor = successor(row, newId, random, handOff, now);
            if (writeIfUnchanged(operation, changes(row, successor, now, grace), List.of(successor))) {
                emit(KeyEvent.Type.ROTATED, id, now, "to " + newId);
                if (vault != null) {
                    vault.discardAfter(engine.operations().of("rotate", id.value()), id);
                }
                return successor.created();
            }
        }
        throw new ConflictException(id, "is being changed by others without a pause");
    }

    private static void requireRotatable(KeyId id, ApiKey key) {
        if (key.rotatedTo() != null) {
            throw new ConflictException(id, "was rotated to " + key.rotatedTo() + " already");
        }
        if (key.status() != KeyRow.Status.ACTIVE) {
            throw new ConflictException(id, "is " + key.status() + " and only an ACTIVE key can be rotated");
        }
        if (key.grade() == Grade.QUARANTINED) {
            throw new ConflictException(
                    id, "has a quarantined permission list; say with permissionRepair() what it shall hold");
        }
        if (!key.damaged().isEmpty()) {
            throw new ConflictException(id, "has stored fields that cannot be read: " + key.damaged());
        }
    }

    private static List<Change> changes(KeyRow row, Draft successor, long now, Duration grace) {
        RowEdit edit = new RowEdit(row);
        edit.revoke(now, now + grace.toMillis(), "rotated");
        edit.rotatedTo = successor.row.id();
        List<Change> changes = new ArrayList<>(2);
        changes.add(new Change.Replace(edit.next(now)));
        changes.add(new Change.Insert(successor.row));
        changes.sort(BY_ID);
        return changes;
    }

    /** Writes new keys, each with what waits for it in the vault, or takes back from the vault what is there already. */
    private void write(Operation operation, List<Change> changes, List<Draft> drafts) {
        if (!writeIfUnchanged(operation, changes, drafts)) {
            throw operation.failed("The store refused an insert without saying why; nothing was created", null, false);
        }
    }

    private boolean writeIfUnchanged(Operation operation, List<Change> changes, List<Draft> drafts) {
        boolean written = false;
        try {
            for (Draft draft : drafts) {
                draft.handOver(operation);
            }
            written = engine.store().write(operation, changes);
            return written;
        } finally {
            if (!written) {
                drafts.forEach(draft -> draft.takeBack(operation));
            }
        }
    }

    private Draft draft(KeySpec spec, long now) {
        if (spec.handOff != null) {
            requireVault();
        }
        Given given = given(spec);
        byte[] random = newRandom();
        String id = spec.id == null ? KeyId.text(now, random) : spec.id.value();
        byte[] secret = secret(id, random);
        KeyRow row = new KeyRow(
                id,
                null,
                engine.hasher().store(secret),
                spec.name,
                spec.description,
                spec.owner,
                spec.role,
                given.encoded(),
                spec.metadata.isEmpty() ? null : Json.writeMetadata(spec.metadata),
                now,
                now,
                expiry(spec, now),
                null,
                null,
                null,
                null,
                null,
                null,
                0,
                1);
        return new Draft(
                row,
                engine.rows().fresh(row, given.permissions()),
                Secret.owning(secret),
                spec.handOff,
                spec.id != null);
    }

    private Draft successor(KeyRow old, String id, byte[] random, @Nullable Duration handOff, long now) {
        if (handOff != null) {
            requireVault();
        }
        byte[] secret = secret(id, random);
        KeyRow row = new KeyRow(
                id,
                null,
                engine.hasher().store(secret),
                old.name(),
                old.description(),
                old.owner(),
                old.role(),
                old.permissions(),
                old.metadata(),
                now,
                now,
                old.expiresAt(),
                null,
                null,
                null,
                null,
                old.id(),
                null,
                0,
                1);
        return new Draft(row, engine.rows().read(row, now).key(now), Secret.owning(secret), handOff, false);
    }

    private byte[] newRandom() {
        byte[] bytes = new byte[Ulid.RANDOM_BYTES + NativeKeyFormat.RANDOM_BYTES];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] secret(String id, byte[] random) {
        return format.secret(id, Arrays.copyOfRange(random, Ulid.RANDOM_BYTES, random.length));
    }

    private void requireVault() {
        if (vault == null) {
            throw DefaultApiKeyManager.noVault();
        }
    }

    private Given given(KeySpec spec) {
        String role = spec.role;
        if (role == null) {
            return given(spec.permissions == null ? Set.of() : spec.permissions);
        }
        Given whole = wholeRoles.get(role);
        if (whole == null) {
            throw Arguments.refused(
                    "role", role, "one of " + engine.roles().asMap().keySet());
        }
        if (spec.permissions == null) {
            return whole;
        }
        engine.roles().requireWithin(role, spec.permissions);
        return given(spec.permissions);
    }

    private Given given(Set<String> permissions) {
        return new Given(
                new DecodedPermissions(Grade.INTACT, permissions, List.of()),
                engine.codec().encode(permissions));
    }

    private @Nullable Long expiry(KeySpec spec, long now) {
        Duration lifetime = spec.expiresIn == null ? defaultLifetime : spec.expiresIn;
        if (maxLifetime != null) {
            if (lifetime == null) {
                lifetime = maxLifetime;
            } else if (lifetime.compareTo(maxLifetime) > 0) {
                throw Arguments.refusedValue("expiresIn", lifetime, "at most the maximum lifetime, " + maxLifetime);
            }
        }
        return lifetime == null ? null : now + lifetime.toMillis();
    }

    private void emitCreated(Draft draft) {
        emit(KeyEvent.Type.CREATED, draft.key.id(), draft.row.createdAt(), "");
    }

    private void emit(KeyEvent.Type type, KeyId id, long now, String detail) {
        engine.emitter().emit(type, id, now, detail);
    }

    /** A key that is made but not written. */
    private final class Draft {
        final KeyRow row;
        final ApiKey key;
        private final Secret secret;
        private final @Nullable Duration within;
        private final boolean mayExist;
        private @Nullable HandOff handOff;

        /** With an id that somebody chose the key may exist already. */
        Draft(KeyRow row, ApiKey key, Secret secret, @Nullable Duration within, boolean mayExist) {
            this.row = row;
            this.key = key;
            this.secret = secret;
            this.within = within;
            this.mayExist = mayExist;
        }

        void handOver(Operation operation) {
            if (within == null || vault == null) {
                return;
            }
            Operation creating = operation.creating(row.id());
            if (mayExist && engine.store().find(creating, row.id()) != null) {
                // A full vault would let the caller believe that there is no such key.
                throw new DuplicateKeyException(row.id(), null);
            }
            try {
                handOff = vault.put(creating, key.id(), secret, within);
            } catch (StorageException e) {
                throw creating.failed("No key was created: " + e.getMessage(), e, false);
            }
        }

        /** The key was not written: what waits for it would open to the secret of no key. */
        void takeBack(Operation operation) {
            if (handOff != null && vault != null) {
                vault.takeBack(operation, handOff);
            }
        }

        CreatedKey created() {
            return new CreatedKey(key, secret, handOff);
        }
    }
}
