package dev.apikeys.examples;

import dev.apikeys.Access;
import dev.apikeys.Actor;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ConflictException;
import dev.apikeys.ConflictException.Reason;
import dev.apikeys.CreatedKey;
import dev.apikeys.DecodedPermissions.Grade;
import dev.apikeys.JournalEntry;
import dev.apikeys.JournalQuery;
import dev.apikeys.KeyId;
import dev.apikeys.KeyNotFoundException;
import dev.apikeys.KeyQuery;
import dev.apikeys.KeySpec;
import dev.apikeys.KeyUpdate;
import dev.apikeys.Maintained;
import dev.apikeys.Page;
import dev.apikeys.PermissionRepair;
import dev.apikeys.Precondition;
import dev.apikeys.Proof;
import dev.apikeys.Roles;
import dev.apikeys.Rotation;
import dev.apikeys.Stall;
import dev.apikeys.Stats;
import dev.apikeys.TempKeyVault;
import dev.apikeys.Verification;
import dev.apikeys.VerificationRequest;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A manager of one owner's keys: keys of other owners do not exist for it, and no key gets a permission that the owner
 * cannot give. Operations of the service as a whole, such as verification, are left to the service's manager. Thread-safe.
 */
public final class OwnersKeys implements ApiKeyManager {
    private final ApiKeyManager keys;
    private final String owner;
    private final Set<String> canGive;

    /** The version that the manager has as a precondition, which cannot be set again; or null. */
    private final @Nullable Long version;

    private OwnersKeys(ApiKeyManager keys, String owner, Set<String> canGive, @Nullable Long version) {
        this.keys = keys;
        this.owner = owner;
        this.canGive = canGive;
        this.version = version;
    }

    // snippet: docs/tenants.md
    /** Changes are refused in the write itself if the key is another owner's. */
    public static ApiKeyManager of(ApiKeyManager keys, String owner, Set<String> canGive) {
        return new OwnersKeys(keys.provided(Precondition.owner(owner)), owner, Set.copyOf(canGive), null);
    }

    @Override
    public CreatedKey create(KeySpec spec) {
        return keys.create(own(spec));
    }

    private KeySpec own(KeySpec spec) {
        Set<String> ofRole = spec.role() == null
                ? Set.of()
                : keys.roles().permissionsOf(spec.role()).orElse(Set.of()); // create refuses unknown roles
        requireCanGive(Objects.requireNonNullElse(spec.permissions(), ofRole));
        return spec.toBuilder().owner(owner).build();
    }

    private void requireCanGive(Set<String> permissions) {
        if (!canGive.containsAll(permissions)) {
            throw new IllegalArgumentException("permissions: " + permissions + "; allowed: those of " + canGive);
        }
    }

    @Override
    public CreatedKey rotate(KeyId id, Rotation rotation) {
        return asIfAlone(id, () -> checked(id).rotate(id, rotation));
    }

    /** Keys of this version of a key, which holds nothing that the owner cannot give: operators may have made it. */
    private ApiKeyManager checked(KeyId id) {
        ApiKey key = find(id).orElseThrow(() -> new KeyNotFoundException(id));
        requireCanGive(key.permissions());
        if (key.grade() == Grade.QUARANTINED) { // its list may hold anything once the service has repaired it
            throw new ConflictException(id, Reason.QUARANTINED, "has a permission list that cannot be read");
        }
        if (version == null) {
            return keys.provided(Precondition.version(key.version()));
        }
        if (version != key.version()) { // another one than was checked
            throw new ConflictException(id, Reason.VERSION, "has version " + key.version() + ", not " + version);
        }
        return keys;
    }

    @Override
    public Optional<ApiKey> find(KeyId id) {
        return keys.find(id).filter(key -> owner.equals(key.owner()));
    }

    @Override
    public ApiKey revoke(KeyId id, String reason) {
        return asIfAlone(id, () -> keys.revoke(id, reason));
    }

    /** A key of another owner is not found, like one that does not exist. */
    private static <T> T asIfAlone(KeyId id, Supplier<T> change) {
        try {
            return change.get();
        } catch (ConflictException e) {
            throw e.reason() == Reason.OWNER ? new KeyNotFoundException(id) : e;
        }
    }
    // end of snippet

    @Override
    public Page<ApiKey> list(KeyQuery query) {
        return mine(query).map(keys::list).orElse(new Page<>(List.of(), Optional.empty()));
    }

    /** Empty for a query that asks for the keys of another owner. */
    private Optional<KeyQuery> mine(KeyQuery query) {
        return query.owner() == null
                ? Optional.of(query.owner(owner))
                : Optional.of(query).filter(asked -> owner.equals(asked.owner()));
    }

    /** Each entry names the owner that the key had; a page may be empty and have a next one. */
    @Override
    public Page<JournalEntry> journal(JournalQuery query) {
        Page<JournalEntry> page = keys.journal(query);
        return new Page<>(
                page.items().stream()
                        .filter(entry -> owner.equals(entry.owner()))
                        .toList(),
                page.next());
    }

    @Override
    public List<CreatedKey> createAll(List<KeySpec> specs) {
        return keys.createAll(specs.stream().map(this::own).toList());
    }

    @Override
    public int count(KeyQuery query, int atMost) {
        return mine(query).map(asked -> keys.count(asked, atMost)).orElse(0);
    }

    @Override
    public ApiKey update(KeyId id, KeyUpdate update) {
        if (update.changed().contains("owner")) {
            throw new IllegalArgumentException("owner is to change; allowed: any other change of one's own key");
        }
        requireCanGive(Objects.requireNonNullElse(update.permissions(), Set.of()));
        return asIfAlone(id, () -> checked(id).update(id, update));
    }

    @Override
    public int revokeAll(KeyQuery query, String reason) {
        return mine(query).map(asked -> keys.revokeAll(asked, reason)).orElse(0);
    }

    @Override
    public ApiKey disable(KeyId id) {
        return asIfAlone(id, () -> keys.disable(id));
    }

    @Override
    public ApiKey enable(KeyId id) {
        return asIfAlone(id, () -> checked(id).enable(id));
    }

    @Override
    public boolean delete(KeyId id) {
        try {
            return asIfAlone(id, () -> keys.delete(id));
        } catch (KeyNotFoundException e) {
            return false;
        }
    }

    @Override
    public ApiKeyManager as(Actor actor) {
        return new OwnersKeys(keys.as(actor), owner, canGive, version);
    }

    @Override
    public ApiKeyManager provided(Precondition precondition) {
        Long either = version == null ? precondition.version() : version;
        return new OwnersKeys(keys.provided(precondition), owner, canGive, either);
    }

    @Override
    public TempKeyVault vault() {
        return new OwnersVault(keys.vault());
    }

    @Override
    public PermissionRepair permissionRepair() {
        throw ofTheService();
    }

    @Override
    public Optional<KeyId> claimedId(@Nullable String presented) {
        return keys.claimedId(presented);
    }

    @Override
    public boolean recognizes(@Nullable String presented) {
        return keys.recognizes(presented);
    }

    @Override
    public Verification verify(@Nullable String presented) {
        throw ofTheService();
    }

    @Override
    public Verification verify(@Nullable String presented, Access access) {
        throw ofTheService();
    }

    @Override
    public Verification verify(VerificationRequest request) {
        throw ofTheService();
    }

    @Override
    public Verification authorize(Proof proof, VerificationRequest request) {
        throw ofTheService();
    }

    @Override
    public Maintained maintain() {
        throw ofTheService();
    }

    @Override
    public Stats stats() {
        throw ofTheService();
    }

    @Override
    public List<Stall> stalls() {
        throw ofTheService();
    }

    @Override
    public Roles roles() {
        return keys.roles();
    }

    @Override
    public Duration cacheMaxAge() {
        return keys.cacheMaxAge();
    }

    private static UnsupportedOperationException ofTheService() {
        return new UnsupportedOperationException("This is a view of one owner's keys; ask the service's own manager");
    }

    /** Does nothing: the service closes its manager. */
    @Override
    public void close() {}
}
