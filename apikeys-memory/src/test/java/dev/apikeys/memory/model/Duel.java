package dev.apikeys.memory.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.Access;
import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.ClaimResult;
import dev.apikeys.ConflictException;
import dev.apikeys.CreatedKey;
import dev.apikeys.DecodedPermissions.Grade;
import dev.apikeys.KeyId;
import dev.apikeys.KeyNotFoundException;
import dev.apikeys.KeyQuery;
import dev.apikeys.KeySpec;
import dev.apikeys.KeyUpdate;
import dev.apikeys.Page;
import dev.apikeys.PermissionRepair;
import dev.apikeys.Precondition;
import dev.apikeys.Roles;
import dev.apikeys.Rotation;
import dev.apikeys.TempKeyVault;
import dev.apikeys.Verification;
import dev.apikeys.Verification.Code;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import dev.apikeys.memory.model.Model.Key;
import dev.apikeys.memory.model.Model.Kind;
import dev.apikeys.memory.model.Model.Refused;
import dev.apikeys.memory.model.Model.Verdict;
import dev.apikeys.memory.model.Step.Create;
import dev.apikeys.memory.model.Step.Damaged;
import dev.apikeys.memory.model.Step.Presentation;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.spi.VaultFullException;
import dev.apikeys.spi.WriteSet;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/** Does each step of a program with a manager and with the model, and compares what both say of it and of every key. */
final class Duel implements AutoCloseable {
    private static final String BASE_62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final Map<String, Set<String>> ROLES = Map.of(
            "admin", Set.of("read", "download", "upload", "admin"),
            "writer", Set.of("read", "upload"),
            "reader", Set.of("read"));

    private record Issued(String id, String secret) {}

    private final InMemoryApiKeyStore store = new InMemoryApiKeyStore(this::now);
    private final InMemoryTempKeyStore tempStore = new InMemoryTempKeyStore(Model.MAX_TEMP_KEYS, this::now);
    private final Model model = new Model();
    private final Duration cacheMaxAge;
    private final List<Issued> issued = new ArrayList<>();
    private final List<String> tickets = new ArrayList<>();
    private ApiKeyManager manager;

    private Instant now() {
        return Instant.ofEpochMilli(model.now);
    }

    Duel(Duration cacheMaxAge) {
        this.cacheMaxAge = cacheMaxAge;
        model.now = 1_764_115_200_000L;
        model.roles.putAll(ROLES);
        manager = open();
    }

    private ApiKeyManager open() {
        Roles roles = Roles.none();
        for (Map.Entry<String, Set<String>> role : model.roles.entrySet()) {
            roles = roles.with(role.getKey(), role.getValue().toArray(new String[0]));
        }
        return ApiKeys.builder(store)
                .handOff(tempStore)
                .roles(roles)
                .retention(Duration.ofMillis(Model.RETENTION))
                .cacheMaxAge(cacheMaxAge)
                .clock(this::now)
                .ticker(() -> model.now * 1_000_000)
                .maintainedByHost()
                .build();
    }

    private void reopen() {
        manager.close();
        model.flush();
        manager = open();
    }

    @Override
    public void close() {
        manager.close();
    }

    // Who is meant

    private String key(int number) {
        return issued.isEmpty()
                ? "ak_01kayqbe00000g40r40m30e209"
                : issued(number).id();
    }

    private Issued issued(int number) {
        return issued.get(number % issued.size());
    }

    private String ticket(int number) {
        return tickets.isEmpty() ? "ho_" + "0".repeat(43) : tickets.get(number % tickets.size());
    }

    // Both answer alike, or refuse alike

    private <T> void same(Supplier<T> inModel, Supplier<T> inManager) {
        Object expected;
        try {
            expected = inModel.get();
        } catch (Refused refused) {
            expected = refused.kind;
        }
        assertThat(answer(inManager)).isEqualTo(expected);
    }

    private static Object answer(Supplier<?> inManager) {
        try {
            return inManager.get();
        } catch (IllegalArgumentException e) {
            return Kind.ARGUMENT;
        } catch (ConflictException e) {
            return Kind.CONFLICT;
        } catch (KeyNotFoundException e) {
            return Kind.NOT_FOUND;
        } catch (KeyExistsException e) {
            return Kind.DUPLICATE;
        } catch (VaultFullException e) {
            return Kind.VAULT_FULL;
        }
    }

    private void sameVoid(Runnable inModel, Runnable inManager) {
        same(
                () -> {
                    inModel.run();
                    return "done";
                },
                () -> {
                    inManager.run();
                    return "done";
                });
    }

    // Steps

    void create(Create what, @Nullable Integer again) {
        String id = again == null || issued.isEmpty() ? null : key(again);
        Object refusal = refusal(() -> {
            model.permissionsOfNew(what.role(), what.permissions());
            // The hand-off is put first: a full vault ends what is over also for a create that is refused then.
            if (what.handOffWithin() != null) {
                model.makeRoomInVault();
            }
            if (id != null) {
                model.requireFree(id);
            }
            if (what.handOffWithin() != null) {
                model.requireRoomInVault();
            }
        });
        Object made = answer(() -> manager.create(spec(what, id)));
        if (refusal != null) {
            assertThat(made).isEqualTo(refusal);
        } else {
            assertThat(made).isInstanceOf(CreatedKey.class);
            created(what, (CreatedKey) made);
        }
    }

    void createTwo(Create first, Create second) {
        // Room for both is asked for one by one, and what the first took is given back if there is none for the second.
        Create one = new Create(first.role(), first.permissions(), first.owner(), first.livesFor(), null);
        Object refusal = refusal(() -> {
            model.permissionsOfNew(one.role(), one.permissions());
            model.permissionsOfNew(second.role(), second.permissions());
            if (second.handOffWithin() != null) {
                model.requireRoomInVault();
            }
        });
        Object made = answer(() -> manager.createAll(List.of(spec(one, null), spec(second, null))));
        if (refusal != null) {
            assertThat(made).isEqualTo(refusal);
        } else {
            assertThat(made).isInstanceOf(List.class);
            created(one, (CreatedKey) ((List<?>) made).get(0));
            created(second, (CreatedKey) ((List<?>) made).get(1));
        }
    }

    private static @Nullable Object refusal(Runnable inModel) {
        try {
            inModel.run();
            return null;
        } catch (Refused refused) {
            return refused.kind;
        }
    }

    private static KeySpec spec(Create what, @Nullable String id) {
        KeySpec.Builder spec = KeySpec.builder("name");
        if (what.role() != null) {
            spec.role(what.role());
        }
        if (what.permissions() != null) {
            spec.permissions(what.permissions());
        } else if (what.role() == null) {
            spec.permissions(Set.of());
        }
        if (what.owner() != null) {
            spec.owner(what.owner());
        }
        if (what.livesFor() != null) {
            spec.expiresIn(Duration.ofMillis(what.livesFor()));
        }
        if (what.handOffWithin() != null) {
            spec.handOff(Duration.ofMillis(what.handOffWithin()));
        }
        if (id != null) {
            spec.id(KeyId.of(id));
        }
        return spec.build();
    }

    private void created(Create what, CreatedKey made) {
        Key key = model.insert(made.id().value(), made.secret().reveal());
        key.owner = what.owner();
        key.role = what.role();
        key.permissions = model.permissionsOfNew(what.role(), what.permissions());
        key.lifetime = what.livesFor();
        key.expiresAt = what.livesFor() == null ? null : model.now + what.livesFor();
        agree(key, made.key());
        handedOver(made, key, what.handOffWithin());
    }

    private void handedOver(CreatedKey made, Key key, @Nullable Long within) {
        issued.add(new Issued(key.id, key.secret));
        assertThat(made.handOff().isPresent()).isEqualTo(within != null);
        made.handOff().ifPresent(handOff -> {
            String ticket = handOff.ticket().reveal();
            tickets.add(ticket);
            model.handOver(ticket, key, within);
            assertThat(handOff.deadline().toEpochMilli()).isEqualTo(model.now + within);
        });
    }

    void disable(int number) {
        String id = key(number);
        sameVoid(() -> model.disable(id), () -> agree(id, manager.disable(KeyId.of(id))));
    }

    void enable(int number) {
        String id = key(number);
        sameVoid(() -> model.enable(id), () -> agree(id, manager.enable(KeyId.of(id))));
    }

    void revoke(int number) {
        String id = key(number);
        sameVoid(() -> model.revoke(id, "leaked"), () -> agree(id, manager.revoke(KeyId.of(id), "leaked")));
    }

    void revokeAllOf(String owner) {
        same(
                () -> model.revokeAll(key -> owner.equals(key.owner), "all"),
                () -> manager.revokeAll(KeyQuery.all().owner(owner).limit(1), "all"));
    }

    void rotate(int number, long grace, @Nullable Long within) {
        String id = key(number);
        Object refusal = refusal(() -> {
            model.requireRotatable(id);
            if (within != null) {
                model.requireRoomInVault();
            }
        });
        Rotation plain = grace == 0 ? Rotation.immediate() : Rotation.withGrace(Duration.ofMillis(grace));
        Rotation rotation = within == null ? plain : plain.handOff(Duration.ofMillis(within));
        Object made = answer(() -> manager.rotate(KeyId.of(id), rotation));
        if (refusal != null) {
            assertThat(made).isEqualTo(refusal);
            return;
        }
        assertThat(made).isInstanceOf(CreatedKey.class);
        CreatedKey successor = (CreatedKey) made;
        Key key = model.rotate(
                id, grace, successor.id().value(), successor.secret().reveal());
        agree(key, successor.key());
        handedOver(successor, key, within);
    }

    void delete(int number) {
        String id = key(number);
        same(() -> model.delete(id), () -> manager.delete(KeyId.of(id)));
    }

    void setPermissions(int number, Set<String> permissions) {
        String id = key(number);
        update(
                id,
                () -> model.updatePermissions(id, permissions),
                KeyUpdate.builder().permissions(permissions));
    }

    void setRole(int number, @Nullable String role) {
        String id = key(number);
        update(id, () -> model.updateRole(id, role), KeyUpdate.builder().role(role));
    }

    void setExpiry(int number, @Nullable Long ahead) {
        String id = key(number);
        Long at = ahead == null ? null : model.now + ahead;
        update(
                id,
                () -> model.updateExpiry(id, at),
                KeyUpdate.builder().expiresAt(at == null ? null : Instant.ofEpochMilli(at)));
    }

    void setOwner(int number, @Nullable String owner, int versionsAgo) {
        String id = key(number);
        long version = Math.max(1, (model.keys.containsKey(id) ? model.keys.get(id).version : 1) - versionsAgo);
        KeyUpdate update = KeyUpdate.builder().owner(owner).build();
        sameVoid(
                () -> model.updateOwner(id, owner, version),
                () -> agree(id, manager.provided(Precondition.version(version)).update(KeyId.of(id), update)));
    }

    private void update(String id, Runnable inModel, KeyUpdate.Builder update) {
        sameVoid(inModel, () -> agree(id, manager.update(KeyId.of(id), update.build())));
    }

    void move(long millis) {
        model.now += millis;
    }

    void reopenWithRole(String role, @Nullable Set<String> permissions) {
        if (permissions == null) {
            model.roles.remove(role);
        } else {
            model.roles.put(role, permissions);
        }
        reopen();
    }

    void damage(int number, Damaged list) {
        Key key = model.keys.get(key(number));
        if (key == null) {
            return;
        }
        reopen();
        KeyRow row = store.find(key.id);
        KeyRow damaged = row.toBuilder()
                .permissions(list.text)
                .updatedAt(model.now)
                .version(row.version() + 1)
                .build();
        store.write(WriteSet.builder()
                .replace(new WriteSet.Replace(damaged, row.hash(), null))
                .build());
        model.damage(key, list.permissions, list == Damaged.CUT ? Grade.QUARANTINED : Grade.REPAIRED);
    }

    void repair() {
        same(model::repair, () -> {
            int found = 0;
            KeyQuery query = KeyQuery.all().limit(2);
            for (Optional<KeyQuery> next = Optional.of(query); next.isPresent(); ) {
                Page<PermissionRepair.Finding> page = manager.permissionRepair().apply(next.get());
                found += page.items().size();
                next = page.next().map(query::after);
            }
            return found;
        });
    }

    void claim(int number) {
        String ticket = ticket(number);
        same(() -> model.claim(ticket), () -> shown(manager.vault().claim(ticket)));
    }

    void claimAll() {
        for (int i = 0; i < tickets.size(); i++) {
            claim(i);
        }
    }

    private static Model.Claim shown(ClaimResult result) {
        if (result instanceof ClaimResult.Claimed claimed) {
            return new Model.Claim(
                    "Claimed", claimed.keyId() + " " + claimed.secret().reveal());
        }
        if (result instanceof ClaimResult.AlreadyClaimed again) {
            return new Model.Claim(
                    "AlreadyClaimed", again.keyId() + " at " + again.at().toEpochMilli());
        }
        if (result instanceof ClaimResult.Expired expired) {
            return new Model.Claim("Expired", String.valueOf(expired.deadline().toEpochMilli()));
        }
        return new Model.Claim("Unknown", "");
    }

    void peek(int number) {
        String id = key(number);
        same(() -> model.peek(id), () -> waitingUntil(KeyId.of(id)));
    }

    private Optional<Long> waitingUntil(KeyId id) {
        return manager.vault().handOffStatus(id) instanceof TempKeyVault.Status.Waiting waiting
                ? Optional.of(waiting.until().toEpochMilli())
                : Optional.empty();
    }

    void discard(int number) {
        String id = key(number);
        same(() -> model.discard(id), () -> manager.vault().discard(KeyId.of(id)));
    }

    void maintain() {
        sameVoid(model::maintain, manager::maintain);
    }

    void list(@Nullable String owner, @Nullable String role, @Nullable String status, int pageSize) {
        KeyQuery query = KeyQuery.all().limit(pageSize);
        query = owner == null ? query : query.owner(owner);
        query = role == null ? query : query.role(role);
        query = status == null ? query : query.status(KeyStatus.valueOf(status));
        List<Key> expected = model.keys.values().stream()
                .filter(key -> (owner == null || owner.equals(key.owner))
                        && (role == null || role.equals(key.role))
                        && (status == null || model.status(key).name().equals(status)))
                .toList();
        List<ApiKey> listed = new ArrayList<>();
        for (Optional<KeyQuery> next = Optional.of(query); next.isPresent(); ) {
            Page<ApiKey> page = manager.list(next.get());
            assertThat(page.items()).hasSizeLessThanOrEqualTo(pageSize);
            listed.addAll(page.items());
            next = page.next().map(query::after);
        }
        assertThat(listed).extracting(key -> key.id().value()).containsExactlyElementsOf(ids(expected));
        listed.forEach(key -> agree(key.id().value(), key));
    }

    private static List<String> ids(List<Key> keys) {
        return keys.stream().map(key -> key.id).toList();
    }

    void verify(int number, Presentation as, Set<String> allOf) {
        if (issued.isEmpty()) {
            return;
        }
        Issued who = issued(number);
        switch (as) {
            case AS_IT_IS -> verify(who.secret(), model.verify(who.id(), who.secret(), allOf), allOf);
            case FORGED -> {
                String forged = forged(who.secret(), 3 + 26 + 1 + number % 43);
                verify(forged, model.verify(who.id(), forged, allOf), allOf);
            }
            case FORGED_FOR_NOBODY -> {
                String forged = forged(who.secret(), 3 + 1 + number % 25);
                verify(forged, new Verdict(Code.UNKNOWN, null, Set.of()), allOf);
            }
            case MISTYPED ->
                verify(changed(who.secret(), 3 + 26 + 1 + number % 49), rejected(Code.BAD_CHECKSUM), allOf);
            case TRUNCATED ->
                verify(
                        who.secret().substring(0, 1 + number % (who.secret().length() - 1)),
                        rejected(Code.MALFORMED),
                        allOf);
            case WITH_A_BLANK -> verify(" " + who.secret(), rejected(Code.MALFORMED), allOf);
            case BLANK -> verify(" ".repeat(number), rejected(Code.MISSING), allOf);
        }
    }

    private static Verdict rejected(Code code) {
        return new Verdict(code, null, Set.of());
    }

    private static String changed(String secret, int at) {
        return secret.substring(0, at) + (secret.charAt(at) == '0' ? '1' : '0') + secret.substring(at + 1);
    }

    private static String forged(String secret, int at) {
        String body = changed(secret, at).substring(0, secret.length() - 6);
        CRC32 crc = new CRC32();
        crc.update(body.getBytes(StandardCharsets.US_ASCII));
        StringBuilder checksum = new StringBuilder();
        for (long rest = crc.getValue(); checksum.length() < 6; rest /= 62) {
            checksum.insert(0, BASE_62.charAt((int) (rest % 62)));
        }
        return body + checksum;
    }

    private void verify(String presented, Verdict expected, Set<String> allOf) {
        Verification said = allOf.isEmpty() ? manager.verify(presented) : manager.verify(presented, access(allOf));

        assertThat(said.code()).isEqualTo(expected.code());
        assertThat(said.provenKey().map(key -> key.id().value())).isEqualTo(Optional.ofNullable(expected.id()));
        if (said instanceof Verification.Rejected rejected) {
            assertThat(rejected.missing()).isEqualTo(expected.missing());
        }
        said.provenKey().ifPresent(key -> agreeButForUsage(model.keys.get(expected.id()), key));
    }

    private static Access access(Set<String> allOf) {
        return Access.allOf(allOf.toArray(new String[0]));
    }

    // What both say of each key

    /** Verifies with every secret that was ever issued, which fills the cache, and looks at every key, which does not. */
    void compareAll() {
        for (Issued each : issued) {
            verify(each.secret(), model.verify(each.id(), each.secret(), Set.of()), Set.of());
        }
        compareStored();
    }

    void compareStored() {
        for (String id : new TreeSet<>(issued.stream().map(Issued::id).toList())) {
            Optional<ApiKey> found = manager.find(KeyId.of(id));
            assertThat(found.isPresent()).as(id).isEqualTo(model.keys.containsKey(id));
            found.ifPresent(key -> agree(id, key));
        }
        assertThat(manager.stats().usagePending()).isEqualTo(model.pendingUses());
    }

    private void agree(String id, ApiKey said) {
        agree(model.keys.get(id), said);
    }

    private void agree(Key key, ApiKey said) {
        agreeButForUsage(key, said);
        assertThat(said.usageCount()).as("usage count").isEqualTo(key.uses);
        assertThat(millis(said.lastUsedAt())).as("last used").isEqualTo(key.lastUsedAt);
    }

    private void agreeButForUsage(Key key, ApiKey said) {
        assertThat(said.id().value()).isEqualTo(key.id);
        assertThat(said.status()).as("status").isEqualTo(model.status(key));
        assertThat(said.granted()).as("granted").isEqualTo(model.granted(key));
        assertThat(said.permissions()).as("permissions").isEqualTo(key.permissions);
        assertThat(said.grade()).as("grade").isEqualTo(key.grade);
        assertThat(said.role()).as("role").isEqualTo(key.role);
        assertThat(said.owner()).as("owner").isEqualTo(key.owner);
        assertThat(said.version()).as("version").isEqualTo(key.version);
        assertThat(said.createdAt().toEpochMilli()).as("created").isEqualTo(key.createdAt);
        assertThat(said.updatedAt().toEpochMilli()).as("updated").isEqualTo(key.updatedAt);
        assertThat(millis(said.expiresAt())).as("expires").isEqualTo(key.expiresAt);
        assertThat(millis(said.revokedAt())).as("revoked").isEqualTo(key.revokedAt);
        assertThat(said.revokedReason()).as("reason").isEqualTo(key.revokedReason);
        assertThat(millis(said.disabledAt())).as("disabled").isEqualTo(key.disabledAt);
        assertThat(text(said.rotatedFrom())).as("rotated from").isEqualTo(key.rotatedFrom);
        assertThat(text(said.rotatedTo())).as("rotated to").isEqualTo(key.rotatedTo);
    }

    private static @Nullable Long millis(@Nullable Instant instant) {
        return instant == null ? null : instant.toEpochMilli();
    }

    private static @Nullable String text(@Nullable KeyId id) {
        return id == null ? null : id.value();
    }
}
