package dev.apikeys;

import dev.apikeys.ConflictException.Reason;
import dev.apikeys.DecodedPermissions.Grade;
import dev.apikeys.KeyWriter.Change;
import dev.apikeys.KeyWriter.Made;
import dev.apikeys.KeyWriter.NewKey;
import dev.apikeys.internal.crypto.SecretHasher;
import dev.apikeys.internal.gate.Operation;
import dev.apikeys.internal.rows.Attributes;
import dev.apikeys.internal.rows.Dates;
import dev.apikeys.internal.text.Json;
import dev.apikeys.internal.text.KeyIds;
import dev.apikeys.internal.text.Ulid;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.KeyStatus;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Creates keys, and their successors in rotations. */
final class Issuer {
    private static final int MAX_AT_ONCE = 1_000;
    private static final String ROTATED = "rotated";

    /** The permissions of a new key, decoded and encoded. */
    private record Given(DecodedPermissions permissions, String encoded) {}

    /** The id and the secret of a key that is being created. No record: a secret is never a component of one. */
    private static final class Minted {
        final KeyId id;
        final Secret secret;
        final String hash;
        final boolean idWasChosen;

        Minted(KeyId id, Secret secret, String hash, boolean idWasChosen) {
            this.id = id;
            this.secret = secret;
            this.hash = hash;
            this.idWasChosen = idWasChosen;
        }
    }

    private final KeyWriter writer;
    private final RowReader rows;
    private final SecretHasher hasher;
    private final @Nullable HandOffs handOffs;
    private final InstantSource clock;
    private final SecureRandom random;
    private final KeyFormat.Native format;
    private final PermissionCodec codec;
    private final Roles roles;
    private final @Nullable Duration defaultLifetime;
    private final @Nullable Duration maxLifetime;
    private final Map<String, Given> wholeRoles = new HashMap<>();

    Issuer(
            KeyWriter writer,
            RowReader rows,
            SecretHasher hasher,
            @Nullable HandOffs handOffs,
            SecureRandom random,
            ApiKeys.Builder settings) {
        this.writer = writer;
        this.rows = rows;
        this.hasher = hasher;
        this.handOffs = handOffs;
        this.random = random;
        this.clock = settings.clock;
        this.format = (KeyFormat.Native) settings.format;
        this.codec = settings.permissionCodec;
        this.roles = settings.roles;
        this.defaultLifetime = settings.defaultLifetime;
        this.maxLifetime = settings.maxLifetime;
        roles.asMap().forEach((role, permissions) -> wholeRoles.put(role, given(permissions)));
    }

    CreatedKey create(Operation operation, Caller caller, KeySpec spec) {
        NewKey key = newKey(caller, spec, Dates.now(clock));
        writer.create(operation.creating(key.id().value()), caller, List.of(key));
        return key.created();
    }

    List<CreatedKey> createAll(Operation operation, Caller caller, List<KeySpec> specs) {
        Arguments.range("number of specs", specs.size(), 1, MAX_AT_ONCE);
        long now = Dates.now(clock);
        List<NewKey> keys = new ArrayList<>(specs.size());
        List<CreatedKey> created = new ArrayList<>(specs.size());
        Set<KeyId> ids = new HashSet<>();
        for (KeySpec spec : specs) {
            NewKey key = newKey(caller, spec, now);
            if (!ids.add(key.id())) {
                throw Arguments.refused("id", key.id().value(), "each id once in a call");
            }
            keys.add(key);
            created.add(key.created());
        }
        List<CreatedKey> result = List.copyOf(created);
        writer.create(operation, caller, keys);
        return result;
    }

    CreatedKey rotate(Operation operation, Caller caller, KeyId id, Rotation rotation) {
        if (rotation.handOff != null) {
            requireVault();
        }
        requireWithinMaximum(rotation.expiresIn);
        Minted minted = mint(rotation.id, Dates.now(clock));
        Made made =
                writer.change(operation.creating(minted.id.value()).about(id.value()), caller, id, (row, key, now) -> {
                    requireRotatable(id, key, rotation);
                    NewKey successor = successor(caller, minted, row, rotation, now);
                    KeyRow.Builder old = Change.revoked(row, now, graceEnd(row, rotation, now), ROTATED)
                            .rotatedTo(minted.id.value())
                            .attributes(withGrace(row, rotation, now));
                    return Change.to(KeyEvent.Type.ROTATED, old, "to " + minted.id)
                            .with(successor);
                });
        if (handOffs != null) {
            handOffs.discardAfter(operation, id);
        }
        return Objects.requireNonNull(made.change().successor()).created();
    }

    /** Returns when the old key ends: a revocation that lies ahead already is not put off. */
    private static long graceEnd(KeyRow row, Rotation rotation, long now) {
        long end = now + rotation.grace.toMillis();
        Long revokedAt = row.revokedAt();
        return revokedAt == null ? end : Math.min(end, revokedAt);
    }

    private static void requireRotatable(KeyId id, ApiKey key, Rotation rotation) {
        if (id.equals(rotation.id)) {
            throw new KeyExistsException(id.value(), null);
        }
        KeyId successor = key.rotatedTo();
        if (successor != null) {
            if (successor.equals(rotation.id)) {
                throw new KeyExistsException(successor.value(), null); // A retry: this rotation is done.
            }
            throw new ConflictException(id, Reason.ROTATED, "was rotated to " + successor + " already");
        }
        if (key.status() != KeyStatus.ACTIVE) {
            throw new ConflictException(
                    id, Reason.NOT_ACTIVE, "is " + key.status() + " and only an ACTIVE key can be rotated");
        }
        if (key.grade() == Grade.QUARANTINED) {
            throw new ConflictException(
                    id, Reason.QUARANTINED, "has a quarantined permission list; set it by permissionRepair()");
        }
        if (!key.damaged().isEmpty()) {
            throw new ConflictException(
                    id,
                    Reason.UNREADABLE,
                    "has stored fields that cannot be read, " + key.damaged() + ": correct them in the store");
        }
    }

    private NewKey newKey(Caller caller, KeySpec spec, long now) {
        if (spec.handOff != null) {
            requireVault();
        }
        Duration asked = lifetime(spec);
        Given given = given(spec);
        Minted minted = mint(spec.id, now);
        KeyRow row = KeyRow.builder(minted.id.value(), minted.hash, spec.name)
                .description(spec.description)
                .owner(spec.owner)
                .role(spec.role)
                .permissions(given.encoded())
                .metadata(spec.metadata.isEmpty() ? null : Json.writeMetadata(spec.metadata))
                .attributes(attributes(Attributes.NONE, asked, spec.handOff, now))
                .createdBy(caller.actor().name())
                .createdAt(now)
                .updatedAt(now)
                .expiresAt(spec.expiresAt == null ? end(capped(asked), now) : end(spec.expiresAt, now))
                .build();
        return newKey(minted, row, rows.fresh(row, given.permissions()), spec.handOff, now);
    }

    private NewKey successor(Caller caller, Minted minted, KeyRow old, Rotation rotation, long now) {
        Attributes kept = Objects.requireNonNullElse(Attributes.read(old.attributes()), Attributes.NONE);
        Long lifetime = kept.number(Attributes.LIFETIME);
        Duration asked = rotation.expiresIn;
        if (asked == null && lifetime != null && lifetime > 0) {
            asked = Duration.ofMillis(lifetime);
        }
        KeyRow row = KeyRow.builder(minted.id.value(), minted.hash, old.name())
                .description(old.description())
                .owner(old.owner())
                .role(old.role())
                .permissions(old.permissions())
                .metadata(rotation.metadata == null ? old.metadata() : metadata(rotation.metadata))
                .attributes(attributes(kept.with(Attributes.GRACE_UNTIL, null), asked, rotation.handOff, now))
                .createdBy(caller.actor().name())
                .createdAt(now)
                .updatedAt(now)
                .expiresAt(asked == null ? sameEnd(old, now) : end(capped(asked), now))
                .rotatedFrom(old.id())
                .build();
        return newKey(minted, row, rows.key(row, now), rotation.handOff, now);
    }

    private NewKey newKey(Minted minted, KeyRow row, ApiKey key, @Nullable Duration handOff, long now) {
        HandOffs.Sealed sealed =
                handOff == null || handOffs == null ? null : handOffs.seal(minted.id, minted.secret, handOff, now);
        CreatedKey created = new CreatedKey(key, minted.secret, sealed == null ? null : sealed.handOff());
        return new NewKey(row, sealed, created, minted.idWasChosen);
    }

    private Minted mint(@Nullable KeyId chosen, long now) {
        byte[] bytes = new byte[Ulid.RANDOM_BYTES + KeyFormat.Native.RANDOM_BYTES];
        random.nextBytes(bytes);
        KeyId id = chosen == null ? new KeyId(KeyIds.text(now, bytes)) : chosen;
        byte[] secret = format.secret(id.value(), Arrays.copyOfRange(bytes, Ulid.RANDOM_BYTES, bytes.length));
        return new Minted(id, Secret.owning(secret), hasher.store(secret), chosen != null);
    }

    private static @Nullable String metadata(Map<String, String> metadata) {
        return metadata.isEmpty() ? null : Json.writeMetadata(metadata);
    }

    private static @Nullable String attributes(
            Attributes kept, @Nullable Duration lifetime, @Nullable Duration handOff, long now) {
        return kept.with(Attributes.LIFETIME, lifetime == null ? null : lifetime.toMillis())
                .with(Attributes.HAND_OFF_UNTIL, handOff == null ? null : now + handOff.toMillis())
                .text();
    }

    private static @Nullable String withGrace(KeyRow row, Rotation rotation, long now) {
        Attributes attributes = Attributes.read(row.attributes());
        return attributes == null || rotation.grace.isZero()
                ? row.attributes()
                : attributes
                        .with(Attributes.GRACE_UNTIL, now + rotation.grace.toMillis())
                        .text();
    }

    private void requireVault() {
        if (handOffs == null) {
            throw Assembly.noVault();
        }
    }

    private Given given(KeySpec spec) {
        String role = spec.role;
        if (role == null) {
            return given(spec.permissions == null ? Set.of() : spec.permissions);
        }
        Given whole = wholeRoles.get(role);
        if (whole == null) {
            throw Arguments.refused("role", role, "one of " + roles.asMap().keySet());
        }
        if (spec.permissions == null) {
            return whole;
        }
        roles.requireWithin(role, spec.permissions);
        return given(spec.permissions);
    }

    private Given given(Set<String> permissions) {
        return new Given(new DecodedPermissions(Grade.INTACT, permissions, List.of()), codec.encode(permissions));
    }

    /** Returns the requested lifetime, checked against the maximum, or the default; null for a fixed end or none. */
    private @Nullable Duration lifetime(KeySpec spec) {
        if (spec.expiresAt != null) {
            return null;
        }
        if (spec.neverExpires) {
            if (maxLifetime != null) {
                throw Arguments.refusedValue("neverExpires", "set", atMost(maxLifetime));
            }
            return null;
        }
        requireWithinMaximum(spec.expiresIn);
        return spec.expiresIn == null ? defaultLifetime : spec.expiresIn;
    }

    private static String atMost(Duration maxLifetime) {
        return "at most the maximum lifetime, " + maxLifetime;
    }

    private void requireWithinMaximum(@Nullable Duration lifetime) {
        if (lifetime != null && maxLifetime != null && lifetime.compareTo(maxLifetime) > 0) {
            throw Arguments.refusedValue("expiresIn", lifetime, atMost(maxLifetime));
        }
    }

    /** Returns a lifetime from an earlier request or the default, cut to the present maximum. */
    private @Nullable Duration capped(@Nullable Duration lifetime) {
        boolean within = maxLifetime == null || (lifetime != null && lifetime.compareTo(maxLifetime) <= 0);
        return within ? lifetime : maxLifetime;
    }

    private @Nullable Long sameEnd(KeyRow old, long now) {
        Long end = old.expiresAt();
        if (maxLifetime == null) {
            return end;
        }
        long latest = now + maxLifetime.toMillis();
        return end == null ? latest : Math.min(end, latest);
    }

    private Long end(Instant at, long now) {
        long end = at.toEpochMilli();
        if (end <= now || (maxLifetime != null && end - now > maxLifetime.toMillis())) {
            throw Arguments.refusedValue(
                    "expiresAt",
                    at,
                    "a moment ahead" + (maxLifetime == null ? "" : ", " + atMost(maxLifetime) + ", from now"));
        }
        return end;
    }

    private static @Nullable Long end(@Nullable Duration lifetime, long now) {
        if (lifetime == null) {
            return null;
        }
        // A stored lifetime may be damaged: the sum could overflow.
        if (lifetime.toMillis() > Dates.LATEST - now) {
            throw Arguments.refusedValue("expiresIn", lifetime, "an end before the year 10000");
        }
        return now + lifetime.toMillis();
    }
}
